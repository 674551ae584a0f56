using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Formats.Keras.Weights;

/// <summary>The models of the golden files that Keras wrote, built by hand from what their configurations say.</summary>
internal static class KerasModels
{
    /// <summary>The names of the files of Keras 3 that hold a compiled model.</summary>
    public static readonly string[] Compiled =
        ["attention_block", "conv_gru", "nested", "rnn_options", "seed0", "stacked_dropout", "stateful", "text_bigru", "translator", "video"];

    /// <summary>The names of all files of Keras 3.</summary>
    public static readonly string[] All = [.. Compiled, "two_heads"];

    /// <summary>The names of the files of Keras 2.</summary>
    public static readonly string[] OfKeras2 = ["embedding_input_length", "lstm_time_major_batch_shape", "simple_rnn_time_distributed"];

    /// <summary>A model as its file describes it, compiled unless asked otherwise.</summary>
    public static Network Create(string name, bool compile = true)
    {
        Network model = Build(name);
        if (compile && name != "two_heads") { Compile(name, model); }
        return model;
    }

    public static void Compile(string name, Network model) => model.Compile(OptimizerOf(name), LossOf(name));

    private static Network Build(string name)
    {
        switch (name)
        {
            case "seed0": return new Sequential(new Input(20, 1), new Lstm(50), new Dense(1));
            case "stacked_dropout":
                return new Sequential(
                    new Input(12, 5), new Lstm(16) { ReturnSequences = true, Dropout = 0.2f, RecurrentDropout = 0.1f }, new Dropout(0.3f),
                    new BatchNormalization(), new Lstm(9) { Activation = Activations.Relu }, new Dense(4) { Activation = Activations.Softmax });
            case "text_bigru":
                return new Sequential(
                    new Input([Shape.Unknown]), new Embedding(30, 8) { MaskZero = true }, new Bidirectional(new Gru(6) { ReturnSequences = true }),
                    new Bidirectional(new Lstm(5)) { MergeMode = MergeMode.Sum }, new Dense(1) { Activation = Activations.Sigmoid });
            case "video":
                return new Sequential(
                    new Input([4, 6, 7, 2]), new ConvLstm2D(3, 3, 3) { ReturnSequences = true, Padding = ConvolutionPadding.Same },
                    new BatchNormalization(), new ConvLstm2D(2, 2, 3) { Strides = [2, 2] }, new Flatten(), new Dense(3));
            case "conv_gru":
                return new Sequential(
                    new Input(20, 3), new Conv1D(6, 3) { Padding = ConvolutionPadding.Causal, DilationRate = [2], Activation = Activations.Relu },
                    new MaxPooling1D(2), new Gru(7) { ReturnSequences = true, ResetAfter = false }, new LayerNormalization(),
                    new GlobalAveragePooling1D(), new Dense(2));
            case "rnn_options":
                return new Sequential(
                    new Input(7, 3), new Masking(), new SimpleRnn(5) { ReturnSequences = true, UseBias = false },
                    new Gru(4) { ReturnSequences = true, GoBackwards = true, KernelRegularizer = new L2(0.01) },
                    new Lstm(6) { RecurrentActivation = Activations.HardSigmoid, UnitForgetBias = false, KernelConstraint = new MaxNorm(2, 0) });
            case "stateful":
                return new Sequential(
                    new Input(5, 2), new Lstm(4) { ReturnSequences = true, Stateful = true }, new Lstm(3) { Stateful = true }, new Dense(1));
            case "nested":
                {
                    var encoder = new Sequential(new Input(8, 3), new Bidirectional(new Lstm(4)), new Dense(5) { Activation = Activations.Elu() }) { Name = "encoder" };
                    var x = new Input(8, 3) { Name = "input_layer_1" };
                    SymbolicTensor code = new RepeatVector(8).Apply(encoder.Apply(x));
                    SymbolicTensor read = new Lstm(6) { Name = "lstm_1", ReturnSequences = true }.Apply(code);
                    return new Model([x], [new TimeDistributed(new Dense(3) { Name = "dense_1" }).Apply(read)]) { Name = "autoencoder" };
                }

            case "attention_block":
                {
                    var x = new Input(Shape.Unknown, 8);
                    SymbolicTensor read = new Lstm(8) { ReturnSequences = true }.Apply(x);
                    SymbolicTensor sum = new Add().Apply(read, new MultiHeadAttention(2, 4).Apply(read, read));
                    SymbolicTensor largest = new GlobalMaxPooling1D().Apply(new LayerNormalization().Apply(sum));
                    return new Model([x], [new Dense(2).Apply(largest)]);
                }

            case "translator":
                {
                    Input source = new([Shape.Unknown]) { Name = "source" }, target = new([Shape.Unknown]) { Name = "target" };
                    SymbolicTensor sourceWords = new Embedding(20, 7) { Name = "source_words", MaskZero = true }.Apply(source);
                    SymbolicTensor targetWords = new Embedding(25, 7) { Name = "target_words", MaskZero = true }.Apply(target);
                    IReadOnlyList<SymbolicTensor> encoded = new Lstm(10) { Name = "encoder", ReturnSequences = true, ReturnState = true }.ApplyAll(sourceWords);
                    SymbolicTensor decoded = new Lstm(10) { Name = "decoder", ReturnSequences = true }.Apply(targetWords, encoded[1], encoded[2]);
                    SymbolicTensor both = new Concatenate().Apply(decoded, new Attention().Apply(decoded, encoded[0]));
                    SymbolicTensor words = new TimeDistributed(new Dense(25) { Activation = Activations.Softmax }) { Name = "words" }.Apply(both);
                    return new Model([source, target], [words]) { Name = "translator" };
                }

            case "two_heads":
                {
                    Input x = new(9, 4) { Name = "x" }, given = new([3]) { Name = "static" };
                    var shared = new Lstm(6) { Name = "shared" };
                    SymbolicTensor first = shared.Apply(x), second = shared.Apply(new Activation(Activations.Tanh).Apply(x));
                    SymbolicTensor all = new Concatenate().Apply(first, second, new Dense(5) { Activation = Activations.Gelu() }.Apply(given));
                    SymbolicTensor kind = new Dense(3) { Name = "kind", Activation = Activations.Softmax }.Apply(all);
                    return new Model([x, given], [kind, new Dense(1) { Name = "value" }.Apply(all)]);
                }

            case "embedding_input_length":
                return new Sequential(
                    new Input([7]), new Embedding(12, 5) { MaskZero = true }, new Bidirectional(new Gru(4)),
                    new Dense(2) { Name = "dense_1", Activation = Activations.Softmax });
            case "lstm_time_major_batch_shape":
                return new Sequential(new Input(7, 3), new Lstm(6) { ReturnSequences = true }, new Dropout(0.2f), new Lstm(4), new Dense(1));
            case "simple_rnn_time_distributed":
                return new Sequential(
                    new Input(7, 3), new SimpleRnn(5) { ReturnSequences = true }, new TimeDistributed(new Dense(2)), new Flatten(), new Dense(1) { Name = "dense_3" });
            default: throw new ArgumentException($"There is no model {name}.", nameof(name));
        }
    }

    private static Optimizer OptimizerOf(string name) => name switch
    {
        "stacked_dropout" => new Nadam(0.002) { ClipNorm = 1 },
        "text_bigru" => new RmsProp(0.01) { Momentum = 0.5 },
        "video" => new Sgd(0.01) { Momentum = 0.9, Nesterov = true },
        "conv_gru" => new AdamW(0.001),
        "rnn_options" => new Adam { Schedule = new CosineDecay(0.01, 50) },
        _ => new Adam(),
    };

    private static Loss LossOf(string name) => name switch
    {
        "stacked_dropout" => Loss.CategoricalCrossentropy(),
        "text_bigru" => Loss.BinaryCrossentropy(),
        "video" => Loss.Huber(),
        "conv_gru" => Loss.MeanAbsoluteError,
        "translator" => Loss.SparseCategoricalCrossentropy(),
        _ => Loss.MeanSquaredError,
    };
}
