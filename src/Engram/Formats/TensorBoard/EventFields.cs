using Google.Protobuf;

namespace Engram.Formats.TensorBoard;

/// <summary>The numbers of the fields that are read and written, message by message, as TensorFlow's protobuf definitions have them.</summary>
internal static class EventFields
{
    public const int WallTime = 1, Step = 2, FileVersion = 3, GraphDef = 4, Summary = 5;

    public const int SummaryItem = 1;

    public const int Tag = 1, SimpleValue = 2, Image = 4, Histogram = 5, Audio = 6, Tensor = 8, Metadata = 9;

    public const int PluginData = 1, PluginName = 1;

    public const int HistogramMin = 1, HistogramMax = 2, HistogramCount = 3, HistogramSum = 4, HistogramSquares = 5, HistogramLimits = 6, HistogramCounts = 7;

    public const int TensorType = 1, TensorShape = 2, TensorContent = 4, TensorFloats = 5, TensorDoubles = 6, TensorStrings = 8;

    public const int FloatType = 1, DoubleType = 2, StringType = 7;

    public const int ShapeAxis = 2, AxisSize = 1;

    public const int Node = 1, NodeName = 1, NodeOperation = 2, NodeInput = 3, NodeAttribute = 5;

    public const int EntryKey = 1, EntryValue = 2;

    public const int AttributeList = 1, ListShape = 7;

    /// <summary>Under which attribute a node has the shapes of its outputs.</summary>
    public const string OutputShapes = "_output_shapes";

    public static uint Varint(int field) => WireFormat.MakeTag(field, WireFormat.WireType.Varint);

    public static uint Fixed64(int field) => WireFormat.MakeTag(field, WireFormat.WireType.Fixed64);

    public static uint Fixed32(int field) => WireFormat.MakeTag(field, WireFormat.WireType.Fixed32);

    public static uint Bytes(int field) => WireFormat.MakeTag(field, WireFormat.WireType.LengthDelimited);
}
