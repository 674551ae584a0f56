using Google.Protobuf;
using static Engram.Formats.TensorBoard.EventFields;

namespace Engram.Formats.TensorBoard;

/// <summary>Takes an event's protobuf message apart. Fields that nobody asks for are passed over.</summary>
internal sealed class EventParser
{
    private readonly string place;
    private readonly ReadLimits limits;

    private EventParser(string place, ReadLimits limits) => (this.place, this.limits) = (place, limits);

    public static EventRecord Parse(byte[] data, string place, ReadLimits limits)
    {
        try { return new EventParser(place, limits).Event(new CodedInputStream(data)); }
        catch (InvalidProtocolBufferException e) { throw new EngramException($"{place}: is no valid protobuf message of an event: {e.Message}", e); }
    }

    private EventRecord Event(CodedInputStream input)
    {
        double time = 0;
        long step = 0;
        string? version = null;
        var values = new List<SummaryValue>();
        List<GraphOperation>? graph = null;
        Fields(input, tag =>
        {
            if (tag == Fixed64(WallTime)) { time = input.ReadDouble(); }
            else if (tag == Varint(Step)) { step = input.ReadInt64(); }
            else if (tag == Bytes(FileVersion)) { version = Text(input); }
            else if (tag == Bytes(GraphDef)) { graph = Graph(Inner(input)); }
            else if (tag == Bytes(Summary)) { Items(Inner(input), values); }
            else { return false; }
            return true;
        });
        return new EventRecord(time, step) { FileVersion = version, Values = values, Graph = graph };
    }

    private void Items(CodedInputStream input, List<SummaryValue> values) => Fields(input, tag =>
    {
        if (tag != Bytes(SummaryItem)) { return false; }
        values.Add(Value(Inner(input)));
        return true;
    });

    private SummaryValue Value(CodedInputStream input)
    {
        string name = "", plugin = "", kind = "";
        double? scalar = null;
        HistogramParts? histogram = null;
        TensorParts? tensor = null;
        Fields(input, tag =>
        {
            if (tag == Bytes(Tag)) { name = Text(input); }
            else if (tag == Fixed32(SimpleValue)) { scalar = input.ReadFloat(); }
            else if (tag == Bytes(Histogram)) { histogram = ReadHistogram(Inner(input)); }
            else if (tag == Bytes(Tensor)) { tensor = ReadTensor(Inner(input)); }
            else if (tag == Bytes(Metadata)) { plugin = Plugin(Inner(input)); }
            else if (tag == Bytes(Image)) { (kind, _) = ("image", input.ReadBytes()); }
            else if (tag == Bytes(Audio)) { (kind, _) = ("audio", input.ReadBytes()); }
            else { return false; }
            return true;
        });
        if (name.Length == 0) { throw new EngramException($"{place}: a value has no tag."); }
        if (scalar is double value) { return new ScalarValue(name, value); }
        if (histogram is { } parts) { return Of(parts, name); }
        if (tensor is { } array) { return Of(array, name, plugin); }
        return new OtherValue(name, kind.Length > 0 ? kind : plugin);
    }

    private HistogramValue Of(HistogramParts parts, string name) => parts.Limits.Count == parts.Counts.Count
        ? new HistogramValue(name, parts.Min, parts.Max, parts.Count, parts.Limits, parts.Counts) { Sum = parts.Sum, SumOfSquares = parts.Squares }
        : throw new EngramException($"{place}: the histogram '{name}' has {parts.Limits.Count} limits and {parts.Counts.Count} counts; it must have as many of each.");

    // TensorFlow 2 writes every value as a tensor, and says in the metadata what shows it.
    private SummaryValue Of(TensorParts tensor, string name, string plugin)
    {
        if (plugin == "text" && tensor.Type == StringType) { return new TextValue(name, tensor.Strings); }
        if (plugin == "scalars" && tensor.Numbers is [double number]) { return new ScalarValue(name, number); }
        if (plugin == "histograms" && tensor.Type == DoubleType && tensor.Numbers is { } rows)
        {
            if (rows.Count % 3 != 0) { throw new EngramException($"{place}: the histogram '{name}' has {rows.Count} numbers; it must have three for each bucket."); }
            double[] limits = [.. rows.Where((_, i) => i % 3 == 1)], counts = [.. rows.Where((_, i) => i % 3 == 2)];
            return new HistogramValue(name, rows.Count > 0 ? rows[0] : 0, limits.LastOrDefault(), counts.Sum(), limits, counts);
        }

        return new OtherValue(name, plugin.Length > 0 ? plugin : "tensor");
    }

    private static HistogramParts ReadHistogram(CodedInputStream input)
    {
        var parts = new HistogramParts();
        Fields(input, tag =>
        {
            if (tag == Fixed64(HistogramMin)) { parts.Min = input.ReadDouble(); }
            else if (tag == Fixed64(HistogramMax)) { parts.Max = input.ReadDouble(); }
            else if (tag == Fixed64(HistogramCount)) { parts.Count = input.ReadDouble(); }
            else if (tag == Fixed64(HistogramSum)) { parts.Sum = input.ReadDouble(); }
            else if (tag == Fixed64(HistogramSquares)) { parts.Squares = input.ReadDouble(); }
            else { return Doubles(input, tag, HistogramLimits, parts.Limits) || Doubles(input, tag, HistogramCounts, parts.Counts); }
            return true;
        });
        return parts;
    }

    private TensorParts ReadTensor(CodedInputStream input)
    {
        var parts = new TensorParts();
        ByteString? content = null;
        Fields(input, tag =>
        {
            if (tag == Varint(TensorType)) { parts.Type = input.ReadEnum(); }
            else if (tag == Bytes(TensorContent)) { content = input.ReadBytes(); }
            else if (tag == Bytes(TensorStrings)) { parts.Strings.Add(Text(input)); }
            else if (tag == Fixed32(TensorFloats)) { parts.Numbers.Add(input.ReadFloat()); }
            else if (tag == Bytes(TensorFloats))
            {
                for (CodedInputStream packed = Inner(input); !packed.IsAtEnd;) { parts.Numbers.Add(packed.ReadFloat()); }
            }
            else { return Doubles(input, tag, TensorDoubles, parts.Numbers); }
            return true;
        });
        if (content is not null && parts.Type is FloatType or DoubleType)
        {
            for (CodedInputStream packed = content!.CreateCodedInput(); !packed.IsAtEnd;) { parts.Numbers.Add(parts.Type == FloatType ? packed.ReadFloat() : packed.ReadDouble()); }
        }

        return parts;
    }

    private string Plugin(CodedInputStream input)
    {
        string name = "";
        Fields(input, tag =>
        {
            if (tag != Bytes(PluginData)) { return false; }
            CodedInputStream plugin = Inner(input);
            Fields(plugin, inner =>
            {
                if (inner != Bytes(PluginName)) { return false; }
                name = Text(plugin);
                return true;
            });
            return true;
        });
        return name;
    }

    private List<GraphOperation> Graph(CodedInputStream input)
    {
        var operations = new List<GraphOperation>();
        Fields(input, tag =>
        {
            if (tag != Bytes(Node)) { return false; }
            operations.Add(Operation(Inner(input)));
            return true;
        });
        return operations;
    }

    private GraphOperation Operation(CodedInputStream input)
    {
        string name = "", kind = "";
        var inputs = new List<string>();
        Shape? shape = null;
        Fields(input, tag =>
        {
            if (tag == Bytes(NodeName)) { name = Text(input); }
            else if (tag == Bytes(NodeOperation)) { kind = Text(input); }
            else if (tag == Bytes(NodeInput)) { inputs.Add(Text(input)); }
            else if (tag == Bytes(NodeAttribute)) { shape = OutputShape(Inner(input)) ?? shape; }
            else { return false; }
            return true;
        });
        return name.Length > 0 ? new GraphOperation(name, kind, inputs, shape) : throw new EngramException($"{place}: an operation of the graph has no name.");
    }

    // An entry of the map of attributes; of one, the first of the list of shapes.
    private Shape? OutputShape(CodedInputStream input)
    {
        string key = "";
        CodedInputStream? value = null;
        Fields(input, tag =>
        {
            if (tag == Bytes(EntryKey)) { key = Text(input); }
            else if (tag == Bytes(EntryValue)) { value = Inner(input); }
            else { return false; }
            return true;
        });
        return key == OutputShapes && value is not null && First(First(value, AttributeList), ListShape) is { } shape ? Axes(shape) : null;
    }

    private Shape Axes(CodedInputStream input)
    {
        var axes = new List<int>();
        Fields(input, tag =>
        {
            if (tag != Bytes(ShapeAxis)) { return false; }
            CodedInputStream axis = Inner(input);
            long length = 0;
            Fields(axis, inner =>
            {
                if (inner != Varint(AxisSize)) { return false; }
                length = axis.ReadInt64();
                return true;
            });
            if (length is < -1 or > int.MaxValue) { throw new EngramException($"{place}: an axis of a shape has the length {length}; it must be from 0 to {int.MaxValue}, or -1 for unknown."); }
            axes.Add(length < 0 ? Shape.Unknown : (int)length);
            return true;
        });
        return axes.Count <= limits.Nesting ? new Shape([.. axes]) : throw new EngramException($"{place}: a shape has {axes.Count} axes; the limit is {limits.Nesting}.");
    }

    private static CodedInputStream? First(CodedInputStream? input, int field)
    {
        CodedInputStream? first = null;
        if (input is null) { return null; }
        Fields(input, tag =>
        {
            if (tag != Bytes(field) || first is not null) { return false; }
            first = Inner(input);
            return true;
        });
        return first;
    }

    private static void Fields(CodedInputStream input, Func<uint, bool> take)
    {
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (!take(tag)) { input.SkipLastField(); }
        }
    }

    private static bool Doubles(CodedInputStream input, uint tag, int field, List<double> values)
    {
        if (tag == Fixed64(field)) { values.Add(input.ReadDouble()); }
        else if (tag == Bytes(field))
        {
            for (CodedInputStream packed = Inner(input); !packed.IsAtEnd;) { values.Add(packed.ReadDouble()); }
        }
        else { return false; }
        return true;
    }

    private static CodedInputStream Inner(CodedInputStream input) => input.ReadBytes().CreateCodedInput();

    private string Text(CodedInputStream input)
    {
        ByteString bytes = input.ReadBytes();
        return bytes.Length <= limits.TextBytes ? bytes.ToStringUtf8() : throw new EngramException($"{place}: a text is {bytes.Length} bytes long; the limit is {limits.TextBytes}.");
    }

    private sealed class HistogramParts
    {
        public double Min { get; set; }

        public double Max { get; set; }

        public double Count { get; set; }

        public double Sum { get; set; }

        public double Squares { get; set; }

        public List<double> Limits { get; } = [];

        public List<double> Counts { get; } = [];
    }

    private sealed class TensorParts
    {
        public int Type { get; set; }

        public List<double> Numbers { get; } = [];

        public List<string> Strings { get; } = [];
    }
}
