using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Engram.Data;

/// <summary>
/// Forecasting windows on a series in a file: rows of 32-bit floats, little-endian, one behind the other. Only the windows of a batch are ever read.
/// A window has input rows (inputLength, features) and, right behind them, the rows to forecast.
/// </summary>
public sealed class FileWindows : ISampleSource, IDisposable
{
    private readonly SafeFileHandle file;
    private readonly string path;
    private readonly long offset;
    private readonly int features;
    private readonly int inputLength;
    private readonly int horizon;
    private readonly int stride;
    private readonly int[] targetColumns;
    private readonly float[] row;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="features">The numbers of a row.</param>
    /// <param name="inputLength">The input rows of a window.</param>
    /// <param name="horizon">The rows to forecast.</param>
    /// <param name="targetColumns">Which columns are forecast; null for all.</param>
    /// <param name="stride">The rows between the starts of two windows.</param>
    /// <param name="offset">Where in the file the first row begins, in bytes.</param>
    /// <exception cref="EngramException">The file cannot be read, its length is no whole number of rows, or not one window fits into it.</exception>
    public FileWindows(string path, int features, int inputLength, int horizon, int[]? targetColumns = null, int stride = 1, long offset = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(features, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(inputLength, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        (this.path, this.features, this.inputLength, this.horizon, this.stride, this.offset) = (path, features, inputLength, horizon, stride, offset);
        this.targetColumns = targetColumns is null ? [.. Enumerable.Range(0, features)] : [.. targetColumns];
        foreach (int column in this.targetColumns)
        {
            if ((uint)column >= (uint)features) { throw new EngramException($"{path}: there is no target column {column}; a row has {features}, counted from 0."); }
        }

        if (this.targetColumns.Length == 0) { throw new EngramException($"{path}: there must be at least one target column."); }
        row = new float[features];
        try { file = File.OpenHandle(path, options: FileOptions.RandomAccess); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw new EngramException($"'{path}' cannot be read: {e.Message}", e); }
        Count = CountWindows();
    }

    /// <summary>The number of windows.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> InputAxes => [inputLength, features];

    /// <summary>The axes of one target as a dense layer puts it out: (horizon) for one column, (columns) for one row, both otherwise.</summary>
    public IReadOnlyList<int>? TargetAxes => targetColumns.Length == 1 ? [horizon] : horizon == 1 ? [targetColumns.Length] : [horizon, targetColumns.Length];

    /// <inheritdoc/>
    /// <exception cref="EngramException">The file has become shorter or cannot be read.</exception>
    public void CopyBatch(ReadOnlySpan<int> samples, Span<float> x, Span<float> y)
    {
        int inputCount = inputLength * features, targetCount = horizon * targetColumns.Length;
        for (int i = 0; i < samples.Length; i++)
        {
            if ((uint)samples[i] >= (uint)Count) { throw new ArgumentOutOfRangeException(nameof(samples), samples[i], $"There are {Count} windows, counted from 0."); }
            long start = (long)samples[i] * stride;
            Read(start, x.Slice(i * inputCount, inputCount));
            if (y.IsEmpty) { continue; }
            int at = i * targetCount;
            for (int step = 0; step < horizon; step++)
            {
                Read(start + inputLength + step, row);
                foreach (int column in targetColumns) { y[at++] = row[column]; }
            }
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();

    private int CountWindows()
    {
        long bytes = RandomAccess.GetLength(file) - offset, rowBytes = (long)features * sizeof(float);
        if (bytes < 0 || bytes % rowBytes != 0)
        {
            file.Dispose();
            throw new EngramException($"{path}: {bytes} bytes from byte {offset} on are no whole number of rows of {features} numbers ({rowBytes} bytes).");
        }

        long starts = (bytes / rowBytes) - inputLength - horizon + 1;
        if (starts < 1)
        {
            file.Dispose();
            throw new EngramException($"{path}: {inputLength} input rows and {horizon} to forecast do not fit into {bytes / rowBytes} rows.");
        }

        return (int)Math.Min(int.MaxValue, (starts + stride - 1) / stride);
    }

    private void Read(long fromRow, Span<float> to)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(to);
        long at = offset + (fromRow * features * sizeof(float));
        while (bytes.Length > 0)
        {
            int read;
            try { read = RandomAccess.Read(file, bytes, at); }
            catch (IOException e) { throw new EngramException($"'{path}' cannot be read at byte {at}: {e.Message}", e); }
            if (read == 0) { throw new EngramException($"{path}: ends at byte {at}; it has become shorter since it was opened."); }
            bytes = bytes[read..];
            at += read;
        }

        if (!BitConverter.IsLittleEndian)
        {
            Span<int> words = MemoryMarshal.Cast<float, int>(to);
            System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(words, words);
        }
    }
}
