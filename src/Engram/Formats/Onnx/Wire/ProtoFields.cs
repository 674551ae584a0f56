using System.Text;
using Google.Protobuf;

namespace Engram.Formats.Onnx.Wire;

/// <summary>
/// A message that is to be written: its fields in order, each with its length, so that nothing is held twice. Large arrays are made only
/// when they are written.
/// </summary>
internal sealed class ProtoFields
{
    private const int Varint = 0, Bytes = 2, Fixed32 = 5;

    private readonly List<Action<CodedOutputStream, Stream>> fields = [];
    private long size;

    public ProtoFields Integer(int field, long value) => Put(field, Varint, CodedOutputStream.ComputeInt64Size(value), (output, _) => output.WriteInt64(value));

    public ProtoFields Single(int field, float value) => Put(field, Fixed32, 4, (output, _) => output.WriteFloat(value));

    public ProtoFields Text(int field, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return PutBytes(field, bytes.Length, (_, stream) => stream.Write(bytes));
    }

    public ProtoFields Integers(int field, IEnumerable<long> values)
    {
        foreach (long value in values) { Integer(field, value); }
        return this;
    }

    public ProtoFields Singles(int field, IEnumerable<float> values)
    {
        foreach (float value in values) { Single(field, value); }
        return this;
    }

    public ProtoFields Texts(int field, IEnumerable<string> values)
    {
        foreach (string value in values) { Text(field, value); }
        return this;
    }

    public ProtoFields Message(int field, ProtoFields message) => PutBytes(field, message.size, message.Write);

    /// <summary>An array of bytes that is made when it is written; it must have exactly the length.</summary>
    public ProtoFields Data(int field, long length, Action<Stream> write) => PutBytes(field, length, (_, stream) => write(stream));

    /// <summary>Writes the message.</summary>
    /// <exception cref="EngramException">It is larger than a protobuf message can be.</exception>
    public void Write(Stream stream)
    {
        if (size > int.MaxValue) { throw new EngramException($"An ONNX file has at most 2 GiB; this model would need {size:N0} bytes."); }
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        Write(output, stream);
        output.Flush();
    }

    private void Write(CodedOutputStream output, Stream stream)
    {
        foreach (Action<CodedOutputStream, Stream> field in fields) { field(output, stream); }
    }

    private ProtoFields PutBytes(int field, long length, Action<CodedOutputStream, Stream> write) => Put(
        field, Bytes, CodedOutputStream.ComputeUInt64Size((ulong)length) + length, (output, stream) =>
        {
            output.WriteUInt64((ulong)length);
            output.Flush();
            write(output, stream);
        });

    private ProtoFields Put(int field, int wireType, long length, Action<CodedOutputStream, Stream> write)
    {
        uint tag = ((uint)field << 3) | (uint)wireType;
        size += CodedOutputStream.ComputeUInt32Size(tag) + length;
        fields.Add((output, stream) =>
        {
            output.WriteUInt32(tag);
            write(output, stream);
        });
        return this;
    }
}
