using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Engram.Formats.Onnx.Wire;

/// <summary>
/// A message as it is read: known fields are kept, all others skipped, as protobuf asks. How deep messages may lie in each other and that none
/// is longer than the one around it, the stream sees to.
/// </summary>
internal abstract class OnnxMessage : IMessage
{
    protected const int VarintType = 0, BytesType = 2, Fixed32Type = 5;

    MessageDescriptor IMessage.Descriptor => throw new NotSupportedException();

    public void MergeFrom(CodedInputStream input)
    {
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (!Read(input, WireFormat.GetTagFieldNumber(tag), (int)WireFormat.GetTagWireType(tag))) { input.SkipLastField(); }
        }
    }

    public void WriteTo(CodedOutputStream output) => throw new NotSupportedException();

    public int CalculateSize() => throw new NotSupportedException();

    /// <summary>Reads a field; false where it is none that is known, of the wire type that it has.</summary>
    protected abstract bool Read(CodedInputStream input, int field, int wireType);

    protected static T Message<T>(CodedInputStream input) where T : OnnxMessage, new()
    {
        var message = new T();
        input.ReadMessage(message);
        return message;
    }

    // A repeated number may be packed or not, whichever the schema says.
    protected static bool ReadIntegers(CodedInputStream input, int wireType, List<long> values)
    {
        if (wireType == VarintType) { values.Add(input.ReadInt64()); }
        else if (wireType == BytesType) { ReadPacked(input, packed => values.Add(packed.ReadInt64())); }
        else { return false; }
        return true;
    }

    protected static bool ReadSingles(CodedInputStream input, int wireType, List<float> values)
    {
        if (wireType == Fixed32Type) { values.Add(input.ReadFloat()); }
        else if (wireType == BytesType) { ReadPacked(input, packed => values.Add(packed.ReadFloat())); }
        else { return false; }
        return true;
    }

    private static void ReadPacked(CodedInputStream input, Action<CodedInputStream> read) => input.ReadMessage(new Packed(read));

    // Packed numbers have the form of a message without tags.
    private sealed class Packed(Action<CodedInputStream> read) : IMessage
    {
        MessageDescriptor IMessage.Descriptor => throw new NotSupportedException();

        public void MergeFrom(CodedInputStream input)
        {
            while (!input.IsAtEnd) { read(input); }
        }

        public void WriteTo(CodedOutputStream output) => throw new NotSupportedException();

        public int CalculateSize() => throw new NotSupportedException();
    }
}
