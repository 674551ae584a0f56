using System.Buffers.Binary;
using System.Globalization;

namespace Engram.Formats.TensorBoard;

/// <summary>
/// Writes an event file, which TensorBoard shows: <c>tensorboard --logdir FOLDER</c>. Records are added at the end, so that a reader can follow while
/// the file grows; <see cref="Flush"/> hands over what was written so far.
/// </summary>
public sealed class EventFileWriter : IDisposable
{
    private static int files;

    private readonly FileStream stream;
    private readonly TimeProvider clock;

    /// <summary>Begins a file in a folder.</summary>
    /// <param name="folder">The folder; it is created when it is missing.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public EventFileWriter(string folder) : this(folder, TimeProvider.System) { }

    internal EventFileWriter(string folder, TimeProvider clock)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        this.clock = clock;
        // As the real writer names its files: seconds, host, process, a number within the process.
        Path = System.IO.Path.Combine(folder, string.Create(
            CultureInfo.InvariantCulture,
            $"events.out.tfevents.{clock.GetUtcNow().ToUnixTimeSeconds():0000000000}.{Environment.MachineName}.{Environment.ProcessId}.{Interlocked.Increment(ref files) - 1}"));
        try
        {
            Directory.CreateDirectory(folder);
            stream = new FileStream(Path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw Failed(e); }
        Write(EventMessages.Version(Now, "brain.Event:2"));
        Flush();
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Writes a number.</summary>
    /// <param name="tag">Its name; a slash sets groups apart.</param>
    /// <param name="value">The number; it is kept in single precision.</param>
    /// <param name="step">The step or epoch that it belongs to.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public void Scalar(string tag, double value, long step) => Write(EventMessages.Scalar(Now, step, Checked(tag), value));

    /// <summary>
    /// Writes how numbers are distributed: between the least and the greatest in buckets of one width. Numbers that are not finite lie in none; where there
    /// are some, their number is written as the scalar <c>TAG/not_finite</c>.
    /// </summary>
    /// <param name="tag">Its name.</param>
    /// <param name="values">The numbers.</param>
    /// <param name="step">The step or epoch that they belong to.</param>
    /// <param name="buckets">How many buckets there are, at least 1. Default 30.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public void Histogram(string tag, ReadOnlySpan<float> values, long step, int buckets = 30)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(buckets, 1);
        HistogramValue histogram = Buckets.Count(Checked(tag), values, buckets);
        if (histogram.Count > 0) { Write(EventMessages.Histogram(Now, step, histogram)); }
        if (histogram.Count < values.Length) { Scalar($"{tag}/not_finite", values.Length - histogram.Count, step); }
    }

    /// <summary>Writes a text, which is shown as Markdown.</summary>
    /// <param name="tag">Its name.</param>
    /// <param name="text">The text.</param>
    /// <param name="step">The step or epoch that it belongs to.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public void Text(string tag, string text, long step)
    {
        ArgumentNullException.ThrowIfNull(text);
        Write(EventMessages.Text(Now, step, Checked(tag), text));
    }

    /// <summary>Writes a graph.</summary>
    /// <param name="operations">Its operations.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public void Graph(IReadOnlyList<GraphOperation> operations)
    {
        ArgumentNullException.ThrowIfNull(operations);
        Write(EventMessages.Graph(Now, operations));
    }

    /// <summary>Hands what was written over to readers.</summary>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public void Flush()
    {
        try { stream.Flush(); }
        catch (IOException e) { throw Failed(e); }
    }

    /// <summary>Ends the file.</summary>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public void Dispose()
    {
        try { stream.Dispose(); }
        catch (IOException e) { throw Failed(e); }
    }

    private double Now => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    private static string Checked(string tag)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        return tag;
    }

    // A record: length, its check sum, data, theirs.
    private void Write(byte[] data)
    {
        Span<byte> length = stackalloc byte[8], sum = stackalloc byte[4];
        BinaryPrimitives.WriteInt64LittleEndian(length, data.Length);
        try
        {
            stream.Write(length);
            BinaryPrimitives.WriteUInt32LittleEndian(sum, MaskedCrc.Of(length));
            stream.Write(sum);
            stream.Write(data);
            BinaryPrimitives.WriteUInt32LittleEndian(sum, MaskedCrc.Of(data));
            stream.Write(sum);
        }
        catch (IOException e) { throw Failed(e); }
    }

    private EngramException Failed(Exception e) => new($"'{Path}' cannot be written: {e.Message}", e);
}
