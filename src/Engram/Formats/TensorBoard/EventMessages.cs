using Google.Protobuf;
using static Engram.Formats.TensorBoard.EventFields;

namespace Engram.Formats.TensorBoard;

/// <summary>Events as protobuf messages.</summary>
internal static class EventMessages
{
    public static byte[] Version(double time, string version) => Message(output =>
    {
        output.Double(WallTime, time);
        output.Text(FileVersion, version);
    });

    public static byte[] Graph(double time, IReadOnlyList<GraphOperation> operations) => Message(output =>
    {
        output.Double(WallTime, time);
        output.Bytes(GraphDef, Message(graph =>
        {
            foreach (GraphOperation operation in operations) { graph.Bytes(Node, Of(operation)); }
        }));
    });

    public static byte[] Scalar(double time, long step, string tag, double value) => Value(time, step, tag, output =>
    {
        output.WriteTag(Fixed32(SimpleValue));
        output.WriteFloat((float)value);
    });

    public static byte[] Histogram(double time, long step, HistogramValue value) => Value(time, step, value.Tag, output => output.Bytes(EventFields.Histogram, Message(histogram =>
    {
        histogram.Double(HistogramMin, value.Min);
        histogram.Double(HistogramMax, value.Max);
        histogram.Double(HistogramCount, value.Count);
        histogram.Double(HistogramSum, value.Sum ?? 0);
        histogram.Double(HistogramSquares, value.SumOfSquares ?? 0);
        histogram.Doubles(HistogramLimits, value.Limits);
        histogram.Doubles(HistogramCounts, value.Counts);
    })));

    public static byte[] Text(double time, long step, string tag, string text) => Value(time, step, tag, output =>
    {
        output.Bytes(Tensor, Message(tensor =>
        {
            tensor.Integer(TensorType, StringType);
            tensor.Bytes(TensorShape, Message(shape => shape.Bytes(ShapeAxis, Message(axis => axis.Integer(AxisSize, 1)))));
            tensor.Text(TensorStrings, text);
        }));
        output.Bytes(Metadata, Message(metadata => metadata.Bytes(PluginData, Message(plugin => plugin.Text(PluginName, "text")))));
    });

    private static byte[] Value(double time, long step, string tag, Action<CodedOutputStream> write) => Message(output =>
    {
        output.Double(WallTime, time);
        output.Integer(Step, step);
        output.Bytes(Summary, Message(summary => summary.Bytes(SummaryItem, Message(value =>
        {
            value.Text(Tag, tag);
            write(value);
        }))));
    });

    private static byte[] Of(GraphOperation operation) => Message(node =>
    {
        node.Text(NodeName, operation.Name);
        node.Text(NodeOperation, operation.Operation);
        foreach (string input in operation.Inputs) { node.Text(NodeInput, input); }
        if (operation.OutputShape is not { } shape) { return; }
        node.Bytes(NodeAttribute, Message(entry =>
        {
            entry.Text(EntryKey, OutputShapes);
            entry.Bytes(EntryValue, Message(attribute => attribute.Bytes(AttributeList, Message(list => list.Bytes(ListShape, Message(axes =>
            {
                foreach (int length in shape.Axes) { axes.Bytes(ShapeAxis, Message(axis => axis.Integer(AxisSize, length == Shape.Unknown ? -1 : length))); }
            }))))));
        }));
    });

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory, leaveOpen: true)) { write(output); }
        return memory.ToArray();
    }

    private static void Double(this CodedOutputStream output, int field, double value)
    {
        output.WriteTag(Fixed64(field));
        output.WriteDouble(value);
    }

    private static void Doubles(this CodedOutputStream output, int field, IReadOnlyList<double> values)
    {
        output.WriteTag(EventFields.Bytes(field));
        output.WriteLength(8 * values.Count);
        foreach (double value in values) { output.WriteDouble(value); }
    }

    private static void Integer(this CodedOutputStream output, int field, long value)
    {
        output.WriteTag(Varint(field));
        output.WriteInt64(value);
    }

    private static void Text(this CodedOutputStream output, int field, string value)
    {
        output.WriteTag(EventFields.Bytes(field));
        output.WriteString(value);
    }

    private static void Bytes(this CodedOutputStream output, int field, byte[] value)
    {
        output.WriteTag(EventFields.Bytes(field));
        output.WriteBytes(UnsafeByteOperations.UnsafeWrap(value));
    }
}
