using System.Buffers.Binary;

namespace Engram.Formats.Hdf5;

/// <summary>Where the bytes of an array's elements lie in a file, and how.</summary>
internal abstract class Hdf5Storage
{
    /// <summary>Whether only the whole can be read at once.</summary>
    public virtual bool Whole => false;

    /// <summary>Reads bytes, counted from the first element's.</summary>
    public abstract void Read(long start, Span<byte> destination);
}

/// <summary>Elements that stand in the object's header.</summary>
internal sealed class Hdf5Compact(ReadOnlyMemory<byte> bytes) : Hdf5Storage
{
    public override void Read(long start, Span<byte> destination) => bytes.Span.Slice((int)start, destination.Length).CopyTo(destination);
}

/// <summary>Elements that stand one after another in the file.</summary>
internal sealed class Hdf5Contiguous(FileBytes bytes, long address) : Hdf5Storage
{
    public override void Read(long start, Span<byte> destination) => bytes.Read(address + start, destination);
}

/// <summary>Elements that were never written: all are the fill value.</summary>
internal sealed class Hdf5Unwritten(ReadOnlyMemory<byte> fill) : Hdf5Storage
{
    public override void Read(long start, Span<byte> destination) => Fill(fill.Span, destination);

    /// <summary>Repeats a value, or zeros where there is none, to the end.</summary>
    public static void Fill(ReadOnlySpan<byte> value, Span<byte> destination)
    {
        if (value.IndexOfAnyExcept((byte)0) < 0)
        {
            destination.Clear();
            return;
        }

        for (int i = 0; i < destination.Length; i += value.Length) { value[..Math.Min(value.Length, destination.Length - i)].CopyTo(destination[i..]); }
    }
}

/// <summary>Elements of a file.</summary>
internal sealed class Hdf5Stored : Hdf5Values
{
    private readonly Hdf5Source source;
    private readonly Hdf5Storage storage;
    private string[]? strings;

    public Hdf5Stored(Hdf5Source source, Hdf5Type type, Hdf5Dataspace space, Hdf5Storage storage)
        : base(source.Place, type, space.Shape, space.Count)
    {
        this.source = source;
        this.storage = storage;
    }

    private protected override bool Whole => storage.Whole;

    public override void ReadBytes(long start, Span<byte> destination) => storage.Read(start, destination);

    public override string[] ReadStrings()
    {
        if (strings is not null) { return [.. strings]; }
        if (Type.Class is not (Hdf5Class.FixedString or Hdf5Class.VariableString)) { throw Error($"holds {Type}", "texts are expected"); }
        long total = Count * Type.Size;
        if (total > source.Limits.TextBytes) { throw Error($"has {total} bytes of texts", $"at most {source.Limits.TextBytes} are read (ReadLimits.TextBytes)"); }
        string[] texts = NewArray<string>();
        var bytes = new byte[total];
        ReadBytes(0, bytes);
        long sum = 0;
        for (int i = 0; i < texts.Length; i++)
        {
            ReadOnlySpan<byte> element = bytes.AsSpan(i * Type.Size, Type.Size);
            ReadOnlySpan<byte> text = Type.Class == Hdf5Class.FixedString ? Trim(element) : Variable(element);
            sum += text.Length;
            if (sum > source.Limits.TextBytes) { throw Error($"has more than {source.Limits.TextBytes} bytes of texts", "more are not read (ReadLimits.TextBytes)"); }
            source.Work.Look(source, 0, text.Length);
            texts[i] = source.Text(0, text, $"text {i}");
        }

        strings = texts;
        return [.. texts];
    }

    private ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> element)
    {
        if (Type.Padding != Hdf5Padding.ZeroTerminated) { return element.TrimEnd(Type.Padding == Hdf5Padding.Blanks ? (byte)' ' : (byte)0); }
        int end = element.IndexOf((byte)0);
        return end >= 0 ? element[..end] : element;
    }

    private ReadOnlySpan<byte> Variable(ReadOnlySpan<byte> element)
    {
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(element);
        var cursor = new Hdf5Cursor(source, element[4..].ToArray(), 0, "the place of a text");
        long address = cursor.Offset();
        long index = cursor.U32();
        if (length == 0 || address is 0 or Hdf5Source.Undefined) { return length == 0 ? [] : throw Error($"a text of {length} bytes lies nowhere", "the file is damaged"); }
        ReadOnlyMemory<byte> bytes = Hdf5GlobalHeap.Object(source, address, index);
        if (length > bytes.Length) { throw Error($"a text of {length} bytes has {bytes.Length} in the global heap", "the file is damaged"); }
        ReadOnlySpan<byte> text = bytes.Span[..(int)length];
        int end = text.IndexOf((byte)0);
        return end >= 0 ? text[..end] : text;
    }
}
