namespace Engram.Formats.Onnx.Wire;

/// <summary>The field numbers of the messages of ONNX that are read or written, as its schema (onnx.proto) gives them.</summary>
internal static class OnnxFields
{
    public static class Model
    {
        public const int IrVersion = 1, ProducerName = 2, ProducerVersion = 3, Graph = 7, OpsetImport = 8;
    }

    public static class Opset
    {
        public const int Domain = 1, Version = 2;
    }

    public static class Graph
    {
        public const int Node = 1, Name = 2, Initializer = 5, Input = 11, Output = 12, SparseInitializer = 15;
    }

    public static class Node
    {
        public const int Input = 1, Output = 2, Name = 3, OpType = 4, Attribute = 5, Domain = 7;
    }

    public static class Attribute
    {
        public const int Name = 1, Single = 2, Integer = 3, Text = 4, Tensor = 5, Singles = 7, Integers = 8, Texts = 9, Type = 20;
    }

    public static class Tensor
    {
        public const int Dims = 1, DataType = 2, Singles = 4, Int32s = 5, Int64s = 7, Name = 8, Raw = 9, Doubles = 10, ExternalData = 13, DataLocation = 14;
    }

    public static class Value
    {
        public const int Name = 1, Type = 2;
    }

    public static class Type
    {
        public const int Tensor = 1;
    }

    public static class TensorType
    {
        public const int ElementType = 1, Shape = 2;
    }

    public static class TensorShape
    {
        public const int Dimension = 1;
    }

    public static class Dimension
    {
        public const int Length = 1, Name = 2;
    }
}

/// <summary>The numbers that ONNX gives the types of a tensor's elements.</summary>
internal enum OnnxElementType
{
    Float32 = 1,
    UInt8 = 2,
    Int8 = 3,
    Int32 = 6,
    Int64 = 7,
    Boolean = 9,
    Float16 = 10,
    Float64 = 11,
    BFloat16 = 16,
}

/// <summary>The numbers that ONNX gives the types of an attribute.</summary>
internal enum OnnxAttributeType
{
    Single = 1,
    Integer = 2,
    Text = 3,
    Tensor = 4,
    Singles = 6,
    Integers = 7,
    Texts = 8,
}
