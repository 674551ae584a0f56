using System.Buffers.Binary;

namespace Engram.Formats.TensorBoard;

/// <summary>
/// Reads event files, as TensorBoard shows them: records with check sums (TFRecord), each a protobuf message. Scalars, histograms, texts and graphs
/// are read, in the forms that TensorFlow 1 and 2, PyTorch and Engram write; of other values, their names.
/// </summary>
public static class EventFile
{
    /// <summary>Reads all records of a file.</summary>
    /// <param name="path">The file's name, which every error repeats.</param>
    /// <param name="allowCutEnd">Whether a last record that is cut short is left out, as it is while a file grows. Default false: it is an error.</param>
    /// <param name="limits">How much the file may ask for; null for the defaults.</param>
    /// <exception cref="EngramException">The file cannot be read or a record is damaged; the message names the record and its place.</exception>
    public static IReadOnlyList<EventRecord> Read(string path, bool allowCutEnd = false, ReadLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
            return Read(stream, path, allowCutEnd, limits);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"{path}: the file cannot be read: {e.Message}", e);
        }
    }

    internal static List<EventRecord> Read(Stream stream, string path, bool allowCutEnd, ReadLimits? limits)
    {
        limits ??= ReadLimits.Default;
        var records = new List<EventRecord>();
        long end = stream.Length; // a file that grows is read as far as it was
        Span<byte> header = stackalloc byte[12];
        Span<byte> sum = stackalloc byte[4];
        for (long at = 0; at < end;)
        {
            string place = $"{path}: record {records.Count} (byte {at})";
            long left = end - at - header.Length;
            if (left < 0) { return Cut(left + header.Length, $"{header.Length} bytes of its length and a check sum"); }
            stream.ReadExactly(header);
            Require(place, "length", header[..8], header[8..]);
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(header);
            if (length > (ulong)Math.Min(limits.ArrayBytes, Array.MaxLength)) { throw new EngramException($"{place}: is {length} bytes long; the limit is {Math.Min(limits.ArrayBytes, Array.MaxLength)}."); }
            if ((ulong)left < length + 4) { return Cut(left, $"{length} bytes of data and 4 of their check sum"); }
            byte[] data = new byte[length];
            stream.ReadExactly(data);
            stream.ReadExactly(sum);
            Require(place, "data", data, sum);
            records.Add(EventParser.Parse(data, place, limits));
            at += header.Length + data.Length + sum.Length;

            List<EventRecord> Cut(long there, string expected) => allowCutEnd
                ? records
                : throw new EngramException($"{place}: is cut short: {there} bytes are left, expected {expected}. A file that is still being written is read with allowCutEnd.");
        }

        return records.Count > 0 || allowCutEnd ? records : throw new EngramException($"{path}: is empty; an event file begins with a record of its version.");
    }

    private static void Require(string place, string what, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> sum)
    {
        uint stated = BinaryPrimitives.ReadUInt32LittleEndian(sum), found = MaskedCrc.Of(bytes);
        if (stated != found) { throw new EngramException($"{place}: the check sum of its {what} is 0x{found:x8}; the file states 0x{stated:x8}. The file is damaged or no event file."); }
    }
}
