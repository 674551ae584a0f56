using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Engram.Formats.Onnx.Wire;
using Google.Protobuf;

namespace Engram.Formats.Onnx.Import;

/// <summary>An ONNX file that is open: its messages, and its arrays when they are asked for.</summary>
internal sealed class OnnxSource
{
    private readonly Stream stream;
    private readonly ReadLimits limits;

    public OnnxSource(Stream stream, string path, ReadLimits limits)
    {
        (this.stream, Path, this.limits) = (stream, path, limits);
        if (stream.Length > int.MaxValue) { throw Error("file", $"has {stream.Length:N0} bytes; an ONNX file has at most 2 GiB"); }
        Model = new OnnxModelMessage();
        try
        {
            stream.Position = 0;
            Model.MergeFrom(CodedInputStream.CreateWithLimits(stream, int.MaxValue, limits.Nesting)); // not disposed: it would close the stream
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new EngramException($"{path}: byte {Math.Min(stream.Position, stream.Length)} or before: is no protobuf message as ONNX has it ({e.Message}); the file may be cut short or damaged.", e);
        }
    }

    public string Path { get; }

    public OnnxModelMessage Model { get; }

    /// <summary>How many bytes constants may take that are computed while the graph is read.</summary>
    public long FoldedBytes => Math.Min(limits.ArrayBytes, Math.Max(1 << 20, stream.Length * limits.Expansion));

    public long FileLength => stream.Length;

    public EngramException Error(string place, string text) => new($"{Path}: {place}: {text}.");

    /// <summary>An array, after its shape was checked against the bytes that are there.</summary>
    public OnnxConstant Constant(OnnxTensor tensor, string name)
    {
        string place = $"array '{name}'";
        if (tensor.IsExternal) { throw Error(place, "stands in another file, which is never opened; save the model with its weights inside"); }
        long count = 1;
        foreach (long dim in tensor.Dims)
        {
            if (dim is < 0 or > int.MaxValue) { throw Error(place, $"has the shape ({string.Join(", ", tensor.Dims)}); expected lengths from 0 to {int.MaxValue}"); }
            if (dim > 0 && count > limits.ArrayBytes / dim) { throw Error(place, $"has the shape ({string.Join(", ", tensor.Dims)}), which is more than the {limits.ArrayBytes} bytes that ReadLimits.ArrayBytes allows"); }
            count *= dim;
        }

        int size = TypeOf(tensor.Type) is { } known ? ElementTypes.Size(known) : throw Error(place, $"has elements of type {tensor.Type}; float, double, float16, bfloat16, int32, int64, int8, uint8 and bool are read");
        if (count * size > limits.ArrayBytes || count > int.MaxValue) { throw Error(place, $"has {count * size} bytes, more than the {limits.ArrayBytes} that ReadLimits.ArrayBytes allows"); }
        int[] shape = [.. tensor.Dims.Select(dim => (int)dim)];
        bool isFloat = tensor.Type is OnnxElementType.Float32 or OnnxElementType.Float64 or OnnxElementType.Float16 or OnnxElementType.BFloat16;
        if (tensor.Raw is { } raw)
        {
            (long start, long length) = RawBytes(raw);
            if (length != count * size) { throw Error(place, $"has {length} bytes of data at {start}, but the shape ({string.Join(", ", shape)}) needs {count * size}"); }
            return isFloat
                ? new OnnxConstant(name, shape, () => Floats(start, (int)count, tensor.Type), null)
                : new OnnxConstant(name, shape, null, () => Integers(start, (int)count, tensor.Type));
        }

        int there = tensor.Type == OnnxElementType.Float32 ? tensor.Singles.Count : isFloat ? 0 : tensor.Integers.Count;
        if (there != count) { throw Error(place, $"has {there} elements, but the shape ({string.Join(", ", shape)}) needs {count}"); }
        return isFloat
            ? new OnnxConstant(name, shape, () => [.. tensor.Singles], null)
            : new OnnxConstant(name, shape, null, () => [.. tensor.Integers]);
    }

    private static ElementType? TypeOf(OnnxElementType type) => type switch
    {
        OnnxElementType.Float32 => ElementType.F32,
        OnnxElementType.Float64 => ElementType.F64,
        OnnxElementType.Float16 => ElementType.F16,
        OnnxElementType.BFloat16 => ElementType.BF16,
        OnnxElementType.Int64 => ElementType.I64,
        OnnxElementType.Int32 => ElementType.I32,
        OnnxElementType.Int8 => ElementType.I8,
        OnnxElementType.UInt8 => ElementType.U8,
        OnnxElementType.Boolean => ElementType.Bool,
        _ => null,
    };

    // The number of bytes stands before them, as a varint; that the bytes are there was seen when they were skipped.
    private (long Start, long Length) RawBytes((long Start, long End) raw)
    {
        stream.Position = raw.Start;
        while (stream.ReadByte() > 127) { }
        return (stream.Position, raw.End - stream.Position);
    }

    private float[] Floats(long start, int count, OnnxElementType type)
    {
        var values = new float[count];
        if (type == OnnxElementType.Float32)
        {
            stream.Position = start;
            stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
            if (!BitConverter.IsLittleEndian) { BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<float, int>(values.AsSpan()), MemoryMarshal.Cast<float, int>(values.AsSpan())); }
            return values;
        }

        Elements(start, count, type).CopyTo(values);
        return values;
    }

    private long[] Integers(long start, int count, OnnxElementType type) => Elements(start, count, type).ToInt64s();

    private NamedArray Elements(long start, int count, OnnxElementType type)
    {
        ElementType known = TypeOf(type)!.Value;
        var bytes = new byte[checked(count * ElementTypes.Size(known))];
        stream.Position = start;
        stream.ReadExactly(bytes);
        return new NamedArray("elements", known, [count], bytes);
    }
}
