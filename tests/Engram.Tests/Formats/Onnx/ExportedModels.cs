using Engram.Layers;
using Engram.Models;

namespace Engram.Tests.Formats.Onnx;

/// <summary>What an input of a model is filled with.</summary>
public enum Filling
{
    /// <summary>Numbers from -1 to 1.</summary>
    Numbers,

    /// <summary>The same, with steps of zeros behind the data.</summary>
    Padded,

    /// <summary>Whole numbers from 0 to 6.</summary>
    Tokens,

    /// <summary>The same from 1, with zeros behind them.</summary>
    PaddedTokens,
}

/// <summary>Models that are exported in the tests: every layer, and every option that reaches a node.</summary>
public static class ExportedModels
{
    private const int Any = Shape.Unknown;

    public static IEnumerable<(string Name, Network Model, Filling Filling)> All()
    {
        foreach ((string name, Func<SequenceLayer> create) in RecurrentLayers())
        {
            yield return (name, Chain(create()), Filling.Numbers);
        }

        foreach (MergeMode mode in new[] { MergeMode.Concat, MergeMode.Sum, MergeMode.Multiply, MergeMode.Average })
        {
            yield return ($"bidirectional_{mode}", Chain(new Bidirectional(new Lstm(5) { ReturnSequences = true }) { MergeMode = mode }), Filling.Numbers);
            yield return ($"bidirectional_last_{mode}", Chain(new Bidirectional(new Gru(5)) { MergeMode = mode }), Filling.Numbers);
        }

        yield return ("bidirectional_other", Chain(new Bidirectional(new Lstm(5) { ReturnSequences = true }, new Gru(3) { ReturnSequences = true, GoBackwards = true })), Filling.Numbers);
        yield return ("bidirectional_turned", Chain(new Bidirectional(new Lstm(5) { ReturnSequences = true, GoBackwards = true })), Filling.Numbers);
        yield return ("bidirectional_peepholes", Chain(new Bidirectional(new Lstm(5) { Peepholes = true, CoupledGates = true })), Filling.Numbers);
        yield return ("bidirectional_padded", Chain(new Masking(), new Bidirectional(new Lstm(5) { ReturnSequences = true }), new Bidirectional(new Gru(3))), Filling.Padded);
        yield return ("masking", Chain(new Masking(), new Lstm(5) { ReturnSequences = true }, new Gru(3)), Filling.Padded);
        yield return ("masking_sequences", Chain(new Masking(), new Lstm(5) { ReturnSequences = true }), Filling.Padded);
        yield return ("masking_zero_output", Chain(new Masking(), new Gru(5) { ReturnSequences = true, ZeroOutputForMask = true }), Filling.Padded);
        yield return ("masking_backwards", Chain(new Masking(), new Lstm(5) { GoBackwards = true, ReturnSequences = true }), Filling.Padded);
        yield return ("masking_mean", Chain(new Masking(), new GlobalAveragePooling1D(), new Dense(2)), Filling.Padded);
        yield return ("tokens", Tokens(new Embedding(7, 4), new Lstm(5), new Dense(3) { Activation = Activations.Softmax }), Filling.Tokens);
        yield return ("tokens_masked", Tokens(new Embedding(7, 4) { MaskZero = true }, new Lstm(5) { ReturnSequences = true }, new SimpleRnn(3)), Filling.PaddedTokens);
        yield return ("tokens_mean", Tokens(new Embedding(7, 4) { MaskZero = true }, new Dropout(0.5f), new GlobalAveragePooling1D()), Filling.PaddedTokens);
        foreach ((string name, Layer[] layers) in Others()) { yield return (name, Chain(layers), Filling.Numbers); }
        foreach ((string name, Network model) in Graphs()) { yield return (name, model, Filling.Numbers); }
        foreach ((string name, Network model) in PaddedGraphs()) { yield return (name, model, Filling.Padded); }
    }

    /// <summary>A model of sequences of 4 features whose weights are all different.</summary>
    public static Sequential Chain(params Layer[] layers) => Filled(new Sequential([new Input(Any, 4), .. layers]));

    /// <summary>Gives every weight random numbers; variances positive ones.</summary>
    public static T Filled<T>(T network) where T : Network
    {
        if (network is Sequential sequential) { sequential.Build(); }
        else { ((Model)(Network)network).Build(); }
        var random = new Random(network.Weights.Count);
        foreach (Weight weight in network.Weights)
        {
            bool positive = weight.Name.Contains("variance", StringComparison.Ordinal);
            foreach (ref float value in weight.Value.Span) { value = positive ? 0.5f + random.NextSingle() : random.NextSingle() - 0.5f; }
        }

        return network;
    }

    private static Sequential Tokens(params Layer[] layers) => Filled(new Sequential([new Input([Any]), .. layers]));

    private static IEnumerable<(string, Func<SequenceLayer>)> RecurrentLayers()
    {
        yield return ("lstm", () => new Lstm(5));
        yield return ("lstm_sequences", () => new Lstm(5) { ReturnSequences = true });
        yield return ("lstm_backwards", () => new Lstm(5) { GoBackwards = true, ReturnSequences = true });
        yield return ("lstm_backwards_last", () => new Lstm(5) { GoBackwards = true });
        yield return ("lstm_no_bias", () => new Lstm(5) { UseBias = false });
        yield return ("lstm_peepholes", () => new Lstm(5) { Peepholes = true, ReturnSequences = true });
        yield return ("lstm_coupled", () => new Lstm(5) { CoupledGates = true, ReturnSequences = true });
        yield return ("lstm_coupled_peepholes", () => new Lstm(5) { CoupledGates = true, Peepholes = true });
        yield return ("lstm_hard_sigmoid", () => new Lstm(5) { RecurrentActivation = Activations.HardSigmoid });
        yield return ("lstm_relu", () => new Lstm(5) { Activation = Activations.Relu });
        yield return ("lstm_softsign_softplus", () => new Lstm(5) { Activation = Activations.Softsign, RecurrentActivation = Activations.SparseSigmoid });
        yield return ("lstm_elu_leaky", () => new Lstm(5) { Activation = Activations.Elu(0.7f), RecurrentActivation = Activations.HardSigmoid });
        yield return ("lstm_linear", () => new Lstm(5) { Activation = Activations.Linear });
        yield return ("gru", () => new Gru(5) { ReturnSequences = true });
        yield return ("gru_reset_before", () => new Gru(5) { ResetAfter = false, ReturnSequences = true });
        yield return ("gru_no_bias", () => new Gru(5) { UseBias = false });
        yield return ("gru_leaky", () => new Gru(5) { Activation = Activations.LeakyRelu(0.3f), RecurrentActivation = Activations.HardSigmoid });
        yield return ("rnn", () => new SimpleRnn(5) { ReturnSequences = true });
        yield return ("rnn_relu", () => new SimpleRnn(5) { Activation = Activations.Relu });
        yield return ("rnn_backwards", () => new SimpleRnn(5) { GoBackwards = true });
        yield return ("cells", () => new Rnn(new LstmCell(5), new GruCell(3)) { ReturnSequences = true });
    }

    private static IEnumerable<(string, Layer[])> Others()
    {
        yield return ("two_layers", [new Lstm(6) { ReturnSequences = true }, new Dropout(0.3f), new Lstm(5), new Dense(2) { Activation = Activations.Relu }]);
        yield return ("time_distributed", [new Gru(5) { ReturnSequences = true }, new TimeDistributed(new Dense(3) { Activation = Activations.Tanh })]);
        yield return ("dense_sequence", [new Dense(3) { Activation = Activations.Gelu() }, new LayerNormalization()]);
        yield return ("layer_norm_plain", [new LayerNormalization { Scale = false }]);
        yield return ("rms_norm", [new LayerNormalization { RmsScaling = true }, new RmsNormalization()]);
        yield return ("unit_norm", [new UnitNormalization()]);
        yield return ("batch_norm", [new BatchNormalization(), new Lstm(3)]);
        yield return ("group_norm", [new GroupNormalization(2)]);
        yield return ("normalization", [new Normalization(), new Rescaling(0.5f, 0.25f)]);
        yield return ("normalization_given", [new Normalization { Mean = [0.1, 0.2, 0.3, 0.4], Variance = [1, 2, 3, 4] }, new Normalization { Mean = [0.5], Variance = [2], Invert = true }]);
        yield return ("conv_valid", [new Conv1D(5, 3) { Activation = Activations.Relu }]);
        yield return ("conv_same", [new Conv1D(5, 4) { Padding = ConvolutionPadding.Same, DilationRate = [2] }]);
        yield return ("conv_strides", [new Conv1D(5, 3) { Padding = ConvolutionPadding.Same, Strides = [2] }, new MaxPooling1D(2)]);
        yield return ("conv_causal", [new Conv1D(6, 3) { Padding = ConvolutionPadding.Causal, DilationRate = [2], Groups = 2 }]);
        yield return ("conv_depthwise", [new DepthwiseConv1D(3) { DepthMultiplier = 2 }, new SeparableConv1D(5, 2)]);
        yield return ("conv_transpose", [new Conv1DTranspose(5, 4) { Strides = [2] }, new Conv1DTranspose(3, 3) { Strides = [2], Padding = ConvolutionPadding.Same, Activation = Activations.Tanh }]);
        yield return ("conv_transpose_lengths", [
            new Conv1DTranspose(5, 2) { Strides = [3] }, new Conv1DTranspose(6, 3) { Strides = [3], OutputPadding = 2, UseBias = false },
            new Conv1DTranspose(3, 5) { Strides = [2], OutputPadding = 1, Padding = ConvolutionPadding.Same }, new Conv1DTranspose(4, 2) { DilationRate = [3], Padding = ConvolutionPadding.Same }]);
        yield return ("pooling", [new MaxPooling1D(2) { Padding = PoolPadding.Same }, new AveragePooling1D(3) { Strides = [2], Padding = PoolPadding.Same }]);
        yield return ("global_max", [new Gru(5) { ReturnSequences = true }, new GlobalMaxPooling1D(), new RepeatVector(3)]);
        yield return ("global_mean", [new GlobalAveragePooling1D { KeepDimensions = true }]);
        yield return ("shapes", [new Cropping1D(1, 1), new ZeroPadding1D(2, 1), new UpSampling1D(2), new Reshape(-1, 2, 2), new Permute(2, 1, 3)]);
        yield return ("conv2d", [new Reshape(-1, 2, 2), new Conv2D(3, 3, 2) { Padding = ConvolutionPadding.Same }, new AveragePooling2D(2, 1), new UpSampling2D(2, 3), new ZeroPadding2D(), new Cropping2D(1), new GlobalAveragePooling2D()]);
        yield return ("prelu_softmax", [new Dense(5), new PRelu { SharedAxes = [1] }, new Softmax { Axes = [1, 2] }]);
        yield return ("relu_layers", [new Relu { MaxValue = 0.5f, NegativeSlope = 0.1f, Threshold = 0.05f }, new Elu(0.5f), new LeakyRelu(0.2f)]);
        foreach (string name in Activations.Names) { yield return ($"activation_{name}", [new Activation(Activations.Get(name))]); }
    }

    private static IEnumerable<(string, Network)> Graphs()
    {
        var x = new Input(Any, 4) { Name = "sequence" };
        IReadOnlyList<SymbolicTensor> encoder = new Lstm(5) { ReturnState = true, ReturnSequences = true }.ApplyAll(x);
        SymbolicTensor decoder = new Lstm(5) { ReturnSequences = true }.Apply(x, encoder[1], encoder[2]);
        yield return ("encoder_decoder", Filled(new Model([x], [new Dense(3).Apply(decoder), encoder[0], encoder[2]])));

        SymbolicTensor attended = new Attention { UseScale = true }.Apply(decoder, encoder[0]);
        SymbolicTensor additive = new AdditiveAttention { UseCausalMask = true }.Apply(decoder, encoder[0]);
        SymbolicTensor concat = new Attention { ScoreMode = ScoreMode.Concat }.Apply(decoder, encoder[0]);
        SymbolicTensor heads = new MultiHeadAttention(2, 3) { UseCausalMask = true }.Apply(decoder, encoder[0]);
        yield return ("attention", Filled(new Model([x], [new Concatenate().Apply(attended, additive, concat, heads)])));

        SymbolicTensor gated = new MultiHeadAttention(2, 3) { UseGate = true, SlidingWindow = 2, OutputFeatures = 4 }.Apply(decoder, encoder[0]);
        IReadOnlyList<SymbolicTensor> scored = new MultiHeadAttention(2, 3, 4) { SlidingWindow = 3, UseCausalMask = true, ReturnAttentionScores = true }.ApplyAll(decoder, encoder[0]);
        SymbolicTensor pairs = new Dot(2, 2).Apply(decoder, encoder[0]); // (batch, queries, keys): above one half or not
        SymbolicTensor chosen = new MultiHeadAttention(2, 3) { UseAttentionMask = true, UseBias = false }.Apply(decoder, encoder[0], x, new Activation(Activations.Sigmoid).Apply(pairs));
        yield return ("attention_gated", Filled(new Model([x], [gated, scored[0], scored[1], chosen])));

        var gru = new Bidirectional(new Gru(3) { ReturnState = true });
        IReadOnlyList<SymbolicTensor> both = gru.ApplyAll(x);
        IReadOnlyList<SymbolicTensor> again = new Bidirectional(new Gru(3) { ReturnSequences = true }) { MergeMode = MergeMode.None }.ApplyAll(x, both[1], both[2]);
        yield return ("bidirectional_states", Filled(new Model([x], [both[0], again[0], again[1], both[2]])));

        SymbolicTensor a = new Dense(5).Apply(x), b = new Gru(5).Apply(x);
        SymbolicTensor[] merged =
        [
            new Add().Apply(a, b), new Subtract().Apply(a, b), new Multiply().Apply(a, b), new Average().Apply(a, b),
            new Maximum().Apply(a, b), new Minimum().Apply(a, b), new Dot(2, 1).Apply(a, b),
        ];
        yield return ("merging", Filled(new Model([x], merged)));

        SymbolicTensor[] wide =
        [
            new Multiply().Apply(a, new Dense(5).Apply(x)), new Maximum().Apply(a, new Dense(5).Apply(x)), new Dot(1, 1).Apply(a, new Dense(5).Apply(x)),
        ];
        yield return ("merging_sequences", Filled(new Model([x], wide)));

        var dense = new Dense(4);
        SymbolicTensor shared = new Add().Apply(dense.Apply(x), dense.Apply(dense.Apply(x)));
        var inner = new Sequential(new Input(Any, 4), new Lstm(5), new Dense(2));
        yield return ("shared_and_nested", Filled(new Model([x], [inner.Apply(shared)])));
    }

    // Masks that reach layers that look at them: rows are padded behind the data, the last row the most.
    private static IEnumerable<(string, Network)> PaddedGraphs()
    {
        var x = new Input(Any, 4) { Name = "sequence" };
        SymbolicTensor masked = new Masking().Apply(x);
        SymbolicTensor h = new Lstm(5) { ReturnSequences = true }.Apply(masked), plain = new Dense(5).Apply(x);
        yield return ("attention_padded", Filled(new Model([x], [
            new Attention { UseScale = true }.Apply(h, h), new AdditiveAttention { UseCausalMask = true }.Apply(plain, h), new Attention().Apply(h, plain)])));
        yield return ("multi_head_padded", Filled(new Model([x], [
            new MultiHeadAttention(2, 3).Apply(h, h), new MultiHeadAttention(2, 3) { UseCausalMask = true }.Apply(plain, h),
            .. new MultiHeadAttention(2, 3) { ReturnAttentionScores = true, UseGate = true }.ApplyAll(h, plain, h)])));
        SymbolicTensor g = new Gru(5) { ReturnSequences = true }.Apply(masked);
        yield return ("merging_padded", Filled(new Model([x], [
            new Multiply().Apply(h, g), new Maximum().Apply(h, g), new Minimum().Apply(h, plain), new Multiply().Apply(plain, g), new Add().Apply(h, g)])));
        yield return ("pooling_padded", Filled(new Model([x], [
            new GlobalAveragePooling1D().Apply(new MultiHeadAttention(1, 4).Apply(h, h)), new GlobalMaxPooling1D().Apply(h), new MaxPooling1D(2).Apply(h), new Conv1D(3, 2).Apply(h),
            new LayerNormalization().Apply(new TimeDistributed(new Dense(3)).Apply(g))])));
    }
}
