using Google.Protobuf;

namespace Engram.Formats.Onnx.Wire;

/// <summary>ModelProto: a graph and the operator sets that it is written in.</summary>
internal sealed class OnnxModelMessage : OnnxMessage
{
    public long IrVersion { get; private set; }

    public List<OnnxOpset> Opsets { get; } = [];

    public OnnxGraph? Graph { get; private set; }

    protected override bool Read(CodedInputStream input, int field, int wireType)
    {
        switch (field, wireType)
        {
            case (OnnxFields.Model.IrVersion, VarintType): IrVersion = input.ReadInt64(); return true;
            case (OnnxFields.Model.OpsetImport, BytesType): Opsets.Add(Message<OnnxOpset>(input)); return true;
            case (OnnxFields.Model.Graph, BytesType):
                Graph ??= new OnnxGraph(); // a message that comes twice is one message
                input.ReadMessage(Graph);
                return true;
            default: return false;
        }
    }
}

/// <summary>OperatorSetIdProto: a version of a set of operators.</summary>
internal sealed class OnnxOpset : OnnxMessage
{
    public string Domain { get; private set; } = "";

    public long Version { get; private set; }

    protected override bool Read(CodedInputStream input, int field, int wireType)
    {
        switch (field, wireType)
        {
            case (OnnxFields.Opset.Domain, BytesType): Domain = input.ReadString(); return true;
            case (OnnxFields.Opset.Version, VarintType): Version = input.ReadInt64(); return true;
            default: return false;
        }
    }
}

/// <summary>GraphProto: nodes, the constants they read, what goes in and what comes out.</summary>
internal sealed class OnnxGraph : OnnxMessage
{
    public List<OnnxNode> Nodes { get; } = [];

    public List<OnnxTensor> Initializers { get; } = [];

    public List<OnnxValueInfo> Inputs { get; } = [];

    public List<OnnxValueInfo> Outputs { get; } = [];

    public bool HasSparseInitializers { get; private set; }

    protected override bool Read(CodedInputStream input, int field, int wireType)
    {
        if (wireType != BytesType) { return false; }
        switch (field)
        {
            case OnnxFields.Graph.Node: Nodes.Add(Message<OnnxNode>(input)); return true;
            case OnnxFields.Graph.Initializer: Initializers.Add(Message<OnnxTensor>(input)); return true;
            case OnnxFields.Graph.Input: Inputs.Add(Message<OnnxValueInfo>(input)); return true;
            case OnnxFields.Graph.Output: Outputs.Add(Message<OnnxValueInfo>(input)); return true;
            case OnnxFields.Graph.SparseInitializer: HasSparseInitializers = true; return false;
            default: return false;
        }
    }
}

/// <summary>NodeProto: one use of an operator.</summary>
internal sealed class OnnxNode : OnnxMessage
{
    public List<string> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    public string Name { get; private set; } = "";

    public string OpType { get; private set; } = "";

    public string Domain { get; private set; } = "";

    public List<OnnxAttribute> Attributes { get; } = [];

    protected override bool Read(CodedInputStream input, int field, int wireType)
    {
        if (wireType != BytesType) { return false; }
        switch (field)
        {
            case OnnxFields.Node.Input: Inputs.Add(input.ReadString()); return true;
            case OnnxFields.Node.Output: Outputs.Add(input.ReadString()); return true;
            case OnnxFields.Node.Name: Name = input.ReadString(); return true;
            case OnnxFields.Node.OpType: OpType = input.ReadString(); return true;
            case OnnxFields.Node.Domain: Domain = input.ReadString(); return true;
            case OnnxFields.Node.Attribute: Attributes.Add(Message<OnnxAttribute>(input)); return true;
            default: return false;
        }
    }
}

/// <summary>AttributeProto: a constant that belongs to a node.</summary>
internal sealed class OnnxAttribute : OnnxMessage
{
    public string Name { get; private set; } = "";

    public float Single { get; private set; }

    public long Integer { get; private set; }

    public string Text { get; private set; } = "";

    public OnnxTensor? Tensor { get; private set; }

    public List<float> Singles { get; } = [];

    public List<long> Integers { get; } = [];

    public List<string> Texts { get; } = [];

    protected override bool Read(CodedInputStream input, int field, int wireType)
    {
        switch (field, wireType)
        {
            case (OnnxFields.Attribute.Name, BytesType): Name = input.ReadString(); return true;
            case (OnnxFields.Attribute.Single, Fixed32Type): Single = input.ReadFloat(); return true;
            case (OnnxFields.Attribute.Integer, VarintType): Integer = input.ReadInt64(); return true;
            case (OnnxFields.Attribute.Text, BytesType): Text = input.ReadString(); return true;
            case (OnnxFields.Attribute.Tensor, BytesType): Tensor = Message<OnnxTensor>(input); return true;
            case (OnnxFields.Attribute.Singles, _): return ReadSingles(input, wireType, Singles);
            case (OnnxFields.Attribute.Integers, _): return ReadIntegers(input, wireType, Integers);
            case (OnnxFields.Attribute.Texts, BytesType): Texts.Add(input.ReadString()); return true;
            default: return false;
        }
    }
}

/// <summary>TensorProto: an array. Its raw bytes are not read yet; where they stand is kept.</summary>
internal sealed class OnnxTensor : OnnxMessage
{
    public List<long> Dims { get; } = [];

    public OnnxElementType Type { get; private set; }

    public string Name { get; private set; } = "";

    public List<float> Singles { get; } = [];

    public List<long> Integers { get; } = []; // of int32_data or int64_data, whichever the type says

    /// <summary>Where the length of the raw bytes stands in the stream, and where the bytes end; null where there are none.</summary>
    public (long Start, long End)? Raw { get; private set; }

    /// <summary>Whether the array stands in another file.</summary>
    public bool IsExternal { get; private set; }

    protected override bool Read(CodedInputStream input, int field, int wireType)
    {
        switch (field, wireType)
        {
            case (OnnxFields.Tensor.Dims, _): return ReadIntegers(input, wireType, Dims);
            case (OnnxFields.Tensor.DataType, VarintType): Type = (OnnxElementType)input.ReadInt32(); return true;
            case (OnnxFields.Tensor.Singles, _): return ReadSingles(input, wireType, Singles);
            case (OnnxFields.Tensor.Int32s or OnnxFields.Tensor.Int64s, _): return ReadIntegers(input, wireType, Integers);
            case (OnnxFields.Tensor.Name, BytesType): Name = input.ReadString(); return true;
            case (OnnxFields.Tensor.Raw, BytesType):
                long start = input.Position;
                input.SkipLastField();
                Raw = (start, input.Position);
                return true;
            case (OnnxFields.Tensor.ExternalData, BytesType): IsExternal = true; return false;
            case (OnnxFields.Tensor.DataLocation, VarintType): IsExternal |= input.ReadInt64() != 0; return true;
            default: return false;
        }
    }
}

/// <summary>ValueInfoProto: an input or output, with its type and shape as far as they are known.</summary>
internal sealed class OnnxValueInfo : OnnxMessage
{
    public string Name { get; private set; } = "";

    public OnnxType? Type { get; private set; }

    protected override bool Read(CodedInputStream input, int field, int wireType)
    {
        if (wireType != BytesType) { return false; }
        switch (field)
        {
            case OnnxFields.Value.Name: Name = input.ReadString(); return true;
            case OnnxFields.Value.Type: Type = Message<OnnxType>(input); return true;
            default: return false;
        }
    }
}

/// <summary>TypeProto, of which only tensors are read.</summary>
internal sealed class OnnxType : OnnxMessage
{
    public OnnxTensorType? Tensor { get; private set; }

    protected override bool Read(CodedInputStream input, int field, int wireType)
    {
        if ((field, wireType) != (OnnxFields.Type.Tensor, BytesType)) { return false; }
        Tensor = Message<OnnxTensorType>(input);
        return true;
    }
}

/// <summary>TypeProto.Tensor: the type of the elements and the shape.</summary>
internal sealed class OnnxTensorType : OnnxMessage
{
    public OnnxElementType ElementType { get; private set; }

    public OnnxTensorShape? Shape { get; private set; }

    protected override bool Read(CodedInputStream input, int field, int wireType)
    {
        switch (field, wireType)
        {
            case (OnnxFields.TensorType.ElementType, VarintType): ElementType = (OnnxElementType)input.ReadInt32(); return true;
            case (OnnxFields.TensorType.Shape, BytesType): Shape = Message<OnnxTensorShape>(input); return true;
            default: return false;
        }
    }
}

/// <summary>TensorShapeProto: the axes.</summary>
internal sealed class OnnxTensorShape : OnnxMessage
{
    public List<OnnxDimension> Dimensions { get; } = [];

    protected override bool Read(CodedInputStream input, int field, int wireType)
    {
        if ((field, wireType) != (OnnxFields.TensorShape.Dimension, BytesType)) { return false; }
        Dimensions.Add(Message<OnnxDimension>(input));
        return true;
    }
}

/// <summary>TensorShapeProto.Dimension: the length of an axis, or its name where the length may vary, or neither.</summary>
internal sealed class OnnxDimension : OnnxMessage
{
    public long? Length { get; private set; }

    public string Name { get; private set; } = "";

    protected override bool Read(CodedInputStream input, int field, int wireType)
    {
        switch (field, wireType)
        {
            case (OnnxFields.Dimension.Length, VarintType): Length = input.ReadInt64(); return true;
            case (OnnxFields.Dimension.Name, BytesType): Name = input.ReadString(); return true;
            default: return false;
        }
    }
}
