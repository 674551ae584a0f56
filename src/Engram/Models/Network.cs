using System.Numerics.Tensors;
using Engram.Data;
using Engram.Formats.Onnx;
using Engram.Formats.Onnx.Export;
using Engram.Formats.TensorBoard;
using Engram.Layers;
using Engram.Training;

namespace Engram.Models;

/// <summary>
/// What <see cref="Sequential"/> and <see cref="Model"/> share: a network of layers is compiled, fitted, asked for predictions and, since it is
/// a layer itself, used within another. Predicting from several threads at once is safe while nobody trains; training is for one thread
/// at a time.
/// </summary>
public abstract partial class Network : Layer, INetwork
{
    private Weight[]? builtWeights;
    private bool trainable = true;
    private long seed = Random.Shared.NextInt64(1L << 32);
    private NetworkPass? idlePass;

    private protected Network() { }

    /// <summary>
    /// The number from which everything random follows: initial weights, the order of samples, dropout. The same seed gives the same bits
    /// on any number of cores. Default: a new one for each model. Within another model the outer one's seed decides.
    /// </summary>
    public long Seed { get => seed; init => seed = value; }

    /// <summary>The layers, in Keras' order.</summary>
    public abstract IReadOnlyList<Layer> Layers { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Layer> InnerLayers => Layers;

    /// <summary>Every weight, in the order of the layers; one that layers share is there once. Empty before the model is built.</summary>
    public override IReadOnlyList<Weight> Weights => builtWeights ?? [.. Layers.SelectMany(layer => layer.Weights).Distinct()];

    /// <summary>The weights that training changes: those whose layers, and the models around them, are <see cref="Layer.Trainable"/>.</summary>
    public IReadOnlyList<Weight> TrainableWeights => Trainable ? Models.TrainableWeights.Of(Layers, Weights) : [];

    /// <summary>
    /// Whether training changes the model's weights. Setting it sets it on every layer, as in Keras; it takes effect when the model that is
    /// trained is compiled again. Default true.
    /// </summary>
    public override bool Trainable
    {
        get => trainable;
        set
        {
            trainable = value;
            foreach (Layer layer in Layers) { layer.Trainable = value; }
        }
    }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <summary>The names of the inputs, in order.</summary>
    public abstract IReadOnlyList<string> InputNames { get; }

    /// <summary>The names of the outputs, in order: those of the layers that put them out.</summary>
    public abstract IReadOnlyList<string> OutputNames { get; }

    /// <summary>The uses of layers, once they are known.</summary>
    internal abstract Graph Graph { get; }

    /// <summary>The shapes of the inputs, batch axis first, or null while they are unknown.</summary>
    internal abstract IReadOnlyList<Shape>? InputShapes { get; }

    /// <summary>Forgets the states that stateful layers carry from batch to batch, also within nested models.</summary>
    public void ResetState()
    {
        foreach ((_, IStateCarrier carrier) in StateCarriers.Of(Layers)) { carrier.CarriedStates = null; }
    }

    /// <summary>The model's output for arrays.</summary>
    /// <param name="x">The inputs: (samples, ...); several in order or by name.</param>
    /// <param name="batchSize">How many samples are computed at once; changes no result. Default 256.</param>
    /// <returns>(samples, ...), the output.</returns>
    /// <exception cref="EngramException">Shapes do not fit, a number is not finite, or the model has several outputs.</exception>
    public Tensor<float> Predict(NumericArrays x, int batchSize = 256) => Only(PredictAll(x, batchSize));

    /// <summary>The model's output for a data set; targets are not read.</summary>
    /// <param name="data">The samples.</param>
    /// <param name="batchSize">How many samples are computed at once; changes no result. Default 256.</param>
    /// <returns>(samples, ...), the output.</returns>
    /// <exception cref="EngramException">Shapes do not fit, a number is not finite, or the model has several outputs.</exception>
    public Tensor<float> Predict(IDataset data, int batchSize = 256) => Only(PredictAll(data, batchSize));

    /// <summary>All outputs of the model for arrays.</summary>
    /// <param name="x">The inputs: (samples, ...); several in order or by name.</param>
    /// <param name="batchSize">How many samples are computed at once; changes no result. Default 256.</param>
    /// <returns>For each output (samples, ...).</returns>
    /// <exception cref="EngramException">Shapes do not fit, or a number is not finite.</exception>
    public IReadOnlyList<Tensor<float>> PredictAll(NumericArrays x, int batchSize = 256) => PredictAll(new ArrayDataset(x), batchSize);

    /// <summary>All outputs of the model for a data set; targets are not read.</summary>
    /// <param name="data">The samples.</param>
    /// <param name="batchSize">How many samples are computed at once; changes no result. Default 256.</param>
    /// <returns>For each output (samples, ...).</returns>
    /// <exception cref="EngramException">Shapes do not fit, or a number is not finite.</exception>
    public IReadOnlyList<Tensor<float>> PredictAll(IDataset data, int batchSize = 256)
    {
        ArgumentNullException.ThrowIfNull(data);
        var outputs = new Predictions(OutputNames.Count, data.SampleCount);
        Run(data, batchSize, (pass, batch) => outputs.Add(pass, batch));
        return outputs.ToTensors();
    }

    /// <summary>
    /// The model's output for each sample by itself, for sequences of different lengths: an output that has a mask keeps the steps that are data.
    /// </summary>
    /// <param name="data">The samples.</param>
    /// <param name="batchSize">How many samples are computed at once; changes no result. Default 256.</param>
    /// <returns>For each sample its output: (timeSteps, ...), or without steps.</returns>
    /// <exception cref="EngramException">Shapes do not fit, a number is not finite, or the model has several outputs.</exception>
    public IReadOnlyList<Tensor<float>> PredictEach(IDataset data, int batchSize = 256)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (OutputNames.Count > 1) { throw new EngramException($"{Name} has {OutputNames.Count} outputs ({string.Join(", ", OutputNames)}); make a Model of the one that is asked for."); }
        var each = new EachPrediction(data.SampleCount);
        Run(data, batchSize, (pass, batch) => each.Add(pass, batch));
        return each.ToTensors();
    }

    /// <summary>
    /// Writes the model as an ONNX file (operator set 17) that ONNX Runtime and others run: arrays batch first, under the model's names of
    /// inputs and outputs, batch and unknown axes of any length. Dropout and noise are left out. Padding must stand behind the data; a row in
    /// which it does not gives NaN.
    /// </summary>
    /// <param name="path">The file; its folder must exist. It is replaced as a whole.</param>
    /// <param name="options">How it is written, or null for the defaults.</param>
    /// <exception cref="EngramException">The model is not built, a layer has no form in ONNX (the message names it and says why), or the file cannot be written.</exception>
    public void ExportOnnx(string path, OnnxOptions? options = null) => OnnxExporter.Export(this, path, options ?? new OnnxOptions());

    /// <summary>The table of layers, shapes and parameters that Keras prints.</summary>
    /// <param name="lineLength">The width in characters, at least 40. Default 80.</param>
    public string Summary(int lineLength = 80) => ModelSummary.Format(this, lineLength);

    /// <summary>
    /// The graph as a picture: a box for each use of a layer with its name, kind and output shape, arrows from outputs to what reads them, a
    /// frame around each nested model. Layers with weights are coloured; the edge of frozen ones is dashed.
    /// </summary>
    /// <returns>An SVG document of its own, right on light and on dark ground.</returns>
    public string Plot() => ModelPlot.Draw(this);

    NetworkPass INetwork.CreatePass() => new GraphPass(Graph);

    IReadOnlyList<Weight> INetwork.Weights => Weights;

    long INetwork.Seed
    {
        get => seed;
        set => seed = value;
    }

    IReadOnlyList<GraphOperation> INetwork.Operations => GraphOperations.Of(this);

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        BuildLayers(inputs);
        builtWeights = [.. Layers.SelectMany(layer => layer.Weights).Distinct()];
    }

    /// <summary>Builds every layer where it is first used.</summary>
    private protected void BuildLayers(IReadOnlyList<Shape> inputs) =>
        Graph.Infer(inputs, (node, shapes) => Graph.Nodes[node].Layer.Build(shapes, InitializationKey.Derive(node)));

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call) => call.Saved<NestedPass>().Forward(this, call);

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call) => call.Saved<NestedPass>().Backward(call);

    /// <inheritdoc/>
    protected internal override Mask? OutputMask(LayerCall call, int output) => call.Saved<NestedPass>().Pass?.OutputMask(output);

    internal override IEnumerable<LayerCall> InnerCalls(LayerCall call) => call.Saved<NestedPass>().Pass is GraphPass pass ? pass.Calls : [];

    /// <summary>Makes sure that the model is built and takes inputs of these shapes.</summary>
    internal abstract void BuildFor(IReadOnlyList<Shape> inputs);

    private void Run(IDataset data, int batchSize, Action<NetworkPass, FeedBatch> take)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        using Feed feed = data.CreateFeed(new FeedRequest { BatchSize = batchSize, InputNames = InputNames });
        BuildFor(feed);
        NetworkPass pass = Interlocked.Exchange(ref idlePass, null) ?? ((INetwork)this).CreatePass();
        feed.BeginEpoch(null);
        while (feed.Next() is { } batch)
        {
            pass.Forward(batch.Inputs, batch.Masks, training: false, keepForBackward: false, default);
            take(pass, batch);
        }

        idlePass = pass;
    }

    private void BuildFor(Feed feed)
    {
        if (feed.InputShapes is { } shapes) { BuildFor(shapes); }
    }

    private Tensor<float> Only(IReadOnlyList<Tensor<float>> outputs) => outputs.Count == 1
        ? outputs[0]
        : throw new EngramException($"{Name} has {outputs.Count} outputs ({string.Join(", ", OutputNames)}); take them with PredictAll.");
}
