using Engram.Data;
using Engram.Kernels;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Models;

/// <summary>Graphs of layers: how they are written down, what is refused, what training does to them.</summary>
public class ModelTests
{
    [Fact]
    public void A_chain_written_as_a_graph_gives_the_bits_of_a_chain()
    {
        var input = new Input(6, 2);
        var graph = new Model([input], [new Dense(1).Apply(new Lstm(5) { Dropout = 0.2f }.Apply(input))]) { Seed = 3 };
        var chain = new Sequential(new Input(6, 2), new Lstm(5) { Dropout = 0.2f }, new Dense(1)) { Seed = 3 };
        float[][] weights = [.. new Network[] { graph, chain }.Select(model =>
        {
            model.Compile(new Adam(), Loss.MeanSquaredError);
            model.Fit(Draw(1, 20, 6, 2), Draw(2, 20, 1), new FitOptions { Epochs = 2, BatchSize = 8 });
            return Weights(model);
        })];
        Assert.Equal(weights[1], weights[0]);
        Assert.Equal(["lstm", "dense"], graph.Layers.Skip(1).Select(layer => layer.Name));
    }

    [Fact]
    public void Layers_stand_in_the_order_of_Keras_and_are_found_by_name()
    {
        (Model model, _) = Translator();
        Assert.Equal(["source", "target", "encoder", "decoder", "words"], model.Layers.Select(layer => layer.Name));
        Assert.IsType<Lstm>(model["decoder"]);
        var error = Assert.Throws<EngramException>(() => model["decode"]);
        Assert.Equal("translator has no layer named decode; it has source, target, encoder, decoder, words.", error.Message);
    }

    [Fact]
    public void Several_outputs_are_named_after_their_layers_and_reported_one_by_one()
    {
        Model model = TwoHeads(seed: 5);
        NumericArray x = Draw(1, 21, 6, 2), main = Draw(2, 21, 1), extra = Draw(3, 21, 2);
        Metric error = Metrics.MeanAbsoluteError();
        error.Name = "mae";
        model.Compile(new Adam(),
            new OutputLoss("main", Loss.MeanSquaredError) { Metrics = [error] },
            new OutputLoss("extra", Loss.MeanAbsoluteError) { Weight = 0.25 });
        History history = model.Fit(x, [main, extra], new FitOptions { Epochs = 3, BatchSize = 8, ValidationSplit = 0.2 });
        Assert.Equal(
            ["loss", "main_loss", "main_mae", "extra_loss", "val_loss", "val_main_loss", "val_main_mae", "val_extra_loss"], history.Names);
        for (int epoch = 0; epoch < 3; epoch++)
        {
            Assert.Equal(history["main_loss"][epoch] + (0.25 * history["extra_loss"][epoch]), history.Loss[epoch], 1e-9);
        }

        IReadOnlyDictionary<string, double> figures = model.Evaluate(x, [main, extra]);
        IReadOnlyList<System.Numerics.Tensors.Tensor<float>> predictions = model.PredictAll(x);
        Assert.Equal([(nint)21, 1], predictions[0].Lengths.ToArray());
        Assert.Equal([(nint)21, 2], predictions[1].Lengths.ToArray());
        double mean = predictions[0].ToArray().Zip(main.Span.ToArray(), (p, y) => Math.Abs((double)p - y)).Average();
        Assert.Equal(mean, figures["main_mae"], 1e-6);
        var named = new NumericArrays { ["extra"] = extra, ["main"] = main };
        Assert.Equal(figures["loss"], model.Evaluate(new NumericArrays { ["sequence"] = x }, named)["loss"]);
        var refused = Assert.Throws<EngramException>(() => model.Predict(x));
        Assert.Equal("functional has 2 outputs (main, extra); take them with PredictAll.", refused.Message);
    }

    [Fact]
    public void Sample_weights_are_for_all_outputs_or_for_each()
    {
        NumericArray x = Draw(1, 12, 6, 2), main = Draw(2, 12, 1), extra = Draw(3, 12, 2);
        float[] some = [.. Enumerable.Range(0, 12).Select(i => i % 3 * 0.5f)], ones = [.. Enumerable.Repeat(1f, 12)];
        double[] Losses(NumericArrays? weights)
        {
            Model model = TwoHeads(seed: 5);
            model.Compile(new Sgd(0), Loss.MeanSquaredError);
            IReadOnlyDictionary<string, double> figures = model.Evaluate(x, [main, extra], sampleWeights: weights);
            return [figures["main_loss"], figures["extra_loss"]];
        }

        double[] plain = Losses(null), both = Losses(some), one = Losses(new NumericArrays { ["main"] = some, ["extra"] = ones });
        Assert.NotEqual(plain[0], both[0]);
        Assert.NotEqual(plain[1], both[1]);
        Assert.Equal([both[0], plain[1]], one);
    }

    [Fact]
    public void An_output_without_a_loss_is_not_trained()
    {
        Model model = TwoHeads(seed: 5);
        model.Compile(new Adam(), new OutputLoss("main", Loss.MeanSquaredError));
        float[] before = model["extra"].Weights[0].Value.Span.ToArray(), shared = model["lstm"].Weights[0].Value.Span.ToArray();
        model.Fit(Draw(1, 12, 6, 2), Draw(2, 12, 1));
        Assert.Equal(before, model["extra"].Weights[0].Value.Span.ToArray());
        Assert.NotEqual(shared, model["lstm"].Weights[0].Value.Span.ToArray());
    }

    [Fact]
    public void Frozen_layers_and_models_keep_their_weights_and_have_no_optimizer_state()
    {
        var words = new Input(6, 2);
        var encoder = new Sequential(new Lstm(4) { ReturnSequences = true }, new Lstm(3)) { Name = "encoder" };
        var model = new Model([words], [new Dense(1).Apply(encoder.Apply(words))]) { Seed = 1 };
        encoder.Trainable = false;
        model.Compile(new Adam(), Loss.MeanSquaredError);
        float[] before = Weights(encoder);
        model.Fit(Draw(1, 12, 6, 2), Draw(2, 12, 1), new FitOptions { Epochs = 2 });
        Assert.Equal(before, Weights(encoder));
        Assert.Equal((2 * (3 + 1)) + 2, model.Optimizer!.StateCount);
        Assert.Equal(4, model.TrainableWeights.Sum(weight => weight.Value.Length));

        encoder.Trainable = true;
        encoder.Layers[0].Trainable = false;
        model.Compile(new Adam(), Loss.MeanSquaredError);
        float[] first = Weights(encoder.Layers[0]), second = Weights(encoder.Layers[1]);
        model.Fit(Draw(1, 12, 6, 2), Draw(2, 12, 1));
        Assert.Equal(first, Weights(encoder.Layers[0]));
        Assert.NotEqual(second, Weights(encoder.Layers[1]));
    }

    [Fact]
    public void Models_of_the_same_layers_share_their_weights()
    {
        var words = new Input(6, 2) { Name = "words" };
        SymbolicTensor code = new Lstm(3).Apply(words);
        var whole = new Model([words], [new Dense(1).Apply(code)]) { Seed = 1 };
        var encoder = new Model([words], [code]);
        whole.Compile(new Adam(0.1), Loss.MeanSquaredError);
        NumericArray x = Draw(1, 12, 6, 2);
        float[] before = encoder.Predict(x).ToArray();
        whole.Fit(x, Draw(2, 12, 1));
        Assert.NotEqual(before, encoder.Predict(x).ToArray());
        Assert.Same(whole["lstm"].Weights[0], encoder.Weights[0]);
    }

    [Fact]
    public void Errors_of_graphs_name_what_is_wrong()
    {
        Input a = new(6, 2) { Name = "a" }, b = new(6, 2) { Name = "b" };
        var lstm = new Lstm(3);
        SymbolicTensor x = lstm.Apply(a), y = new Lstm(3).Apply(b);
        Refused("The graph is not connected: LSTM depends on the input b (None, 6, 2), which is not among the model's inputs (a (None, 6, 2)).", () => _ = new Model([a], [x, y]));
        Refused("The input b (None, 6, 2) leads to no output; leave it out, or use it.", () => _ = new Model([a, b], [x]));
        Refused("The input a (None, 6, 2) is named twice.", () => _ = new Model([a, a], [x]));
        Refused("A model needs at least one input and one output.", () => _ = new Model([a], []));
        Refused("The input 0 is the output 0 of LSTM, (None, 3); a model's inputs are made with new Input(...).", () => _ = new Model([x], [x]));
        Refused("LSTM: expected (batch, time, features), got (None, 3).", () => lstm.Apply(x));
        Refused("There are 2 layers named same; give each a name of its own.",
            () => _ = new Model([a], [new Dense(1) { Name = "same" }.Apply(x), new Dense(2) { Name = "same" }.Apply(x)]));
        Refused("LSTM: has 3 outputs; take them with ApplyAll.", () => new Lstm(3) { ReturnState = true }.Apply(a));
        Refused("inner: has 3 outputs and cannot be taken apart into 2.", () =>
        {
            (_, _) = new Lstm(3) { ReturnState = true, Name = "inner" }.ApplyAll(a);
        });
        var model = new Model([a, b], [x, y]) { Name = "pair" };
        Refused("pair: expected for the input b the shape (None, 6, 2), got (4, 6, 3).", () => model.PredictAll([Draw(1, 4, 6, 2), Draw(1, 4, 6, 3)]));
        Refused("The model takes 2 inputs (a, b), got 1 array.", () => model.PredictAll(Draw(1, 4, 6, 2)));
        Refused("The model has no input named c; it takes 2 inputs (a, b).",
            () => model.PredictAll(new NumericArrays { ["a"] = Draw(1, 4, 6, 2), ["c"] = Draw(1, 4, 6, 2) }));
        Refused("The inputs have different numbers of samples: (4, 6, 2) and (5, 6, 2).", () => model.PredictAll([Draw(1, 4, 6, 2), Draw(1, 5, 6, 2)]));
        Refused("pair has no output named z; it has lstm, lstm_1.", () => model.Compile(new Adam(), new OutputLoss("z", Loss.MeanSquaredError)));
        Refused("The output lstm has two losses; give it one.",
            () => model.Compile(new Adam(), new OutputLoss("lstm", Loss.MeanSquaredError), new OutputLoss("lstm", Loss.MeanSquaredError)));
        Refused("pair has 2 outputs (lstm, lstm_1); say with an OutputLoss at which one a metric is watched.",
            () => model.Compile(new Adam(), Loss.MeanSquaredError, Metrics.MeanAbsoluteError()));
    }

    [Fact]
    public void A_mask_goes_through_the_graph_to_every_reader_and_to_the_loss()
    {
        // Padding behind each sequence changes nothing in a graph with a skip, a nested model and states that are handed on.
        var input = new Input(Shape.Unknown, 2);
        SymbolicTensor masked = new Masking().Apply(input);
        (SymbolicTensor read, SymbolicTensor h, SymbolicTensor c) = new Lstm(4) { ReturnSequences = true, ReturnState = true }.ApplyAll(masked);
        var nested = new Sequential(new Gru(3) { ReturnSequences = true }) { Name = "nested" };
        SymbolicTensor again = new Lstm(4) { ReturnSequences = true }.Apply(masked, h, c);
        var model = new Model([input], [new Dense(1) { Name = "steps" }.Apply(nested.Apply(read)), new Dense(1) { Name = "again" }.Apply(again)]) { Seed = 8 };
        model.Compile(new Sgd(0.1), Loss.MeanSquaredError);
        float[,,] x = new float[3, 4, 2], longer = new float[3, 7, 2], y = new float[3, 4, 1], longerY = new float[3, 7, 1];
        for (int i = 0; i < 3; i++)
        {
            for (int t = 0; t < 4; t++)
            {
                (x[i, t, 0], x[i, t, 1], y[i, t, 0]) = (0.3f + (i * 0.2f) - (t * 0.1f), 1 - (t * 0.4f), i - t);
                (longer[i, t, 0], longer[i, t, 1], longerY[i, t, 0]) = (x[i, t, 0], x[i, t, 1], y[i, t, 0]);
            }

            for (int t = 4; t < 7; t++) { longerY[i, t, 0] = 100; }
        }

        Assert.Equal(model.Evaluate(x, [y, y])["loss"], model.Evaluate(longer, [longerY, longerY])["loss"], 1e-6);
    }

    [Fact]
    public void A_step_of_a_graph_allocates_nothing_once_its_buffers_exist()
    {
        using Workers.Solo alone = Workers.OnThisThread();
        var input = new Input(6, 2);
        var shared = new Lstm(5) { ReturnSequences = true };
        SymbolicTensor once = shared.Apply(input), twice = new Lstm(5) { ReturnSequences = true }.Apply(once);
        var nested = new Sequential(new Dense(3), new Dense(2)) { Name = "nested" };
        var model = new Model([input], [nested.Apply(new Gru(4).Apply(twice)), new Dense(1) { Name = "other" }.Apply(once)]) { Seed = 1 };
        model.Compile(new Adam(), Loss.MeanSquaredError);
        NumericArray x = Draw(1, 64, 6, 2), y = Draw(2, 64, 2), other = Draw(3, 64, 6, 1);
        long Allocated(int batchSize)
        {
            var options = new FitOptions { BatchSize = batchSize, Shuffle = false };
            model.Fit(x, [y, other], options);
            long least = long.MaxValue;
            for (int attempt = 0; attempt < 5; attempt++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                model.Fit(x, [y, other], options);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            return least;
        }

        long few = Allocated(32), many = Allocated(4);
        Assert.True(many - few <= 0, $"{many - few} bytes for 14 further steps");
    }

    internal static (Model Model, Lstm Encoder) Translator()
    {
        Input source = new(Shape.Unknown, 8) { Name = "source" }, target = new(Shape.Unknown, 6) { Name = "target" };
        var encoder = new Lstm(16) { Name = "encoder", ReturnState = true };
        (_, SymbolicTensor h, SymbolicTensor c) = encoder.ApplyAll(source);
        SymbolicTensor read = new Lstm(16) { Name = "decoder", ReturnSequences = true }.Apply(target, h, c);
        SymbolicTensor words = new Dense(30) { Name = "words" }.Apply(read);
        return (new Model([source, target], [words]) { Name = "translator" }, encoder);
    }

    internal static NumericArray Draw(long seed, params int[] axes)
    {
        var values = new float[new Shape(axes).Count];
        var key = new RandomKey(seed);
        for (int i = 0; i < values.Length; i++) { values[i] = (float)key.Normal((ulong)i); }
        return NumericArray.Create(values, axes);
    }

    private static Model TwoHeads(long seed)
    {
        var input = new Input(6, 2) { Name = "sequence" };
        SymbolicTensor read = new Lstm(5).Apply(input);
        return new Model([input], [new Dense(1) { Name = "main" }.Apply(read), new Dense(2) { Name = "extra" }.Apply(read)]) { Seed = seed };
    }

    private static float[] Weights(Layer layer) => [.. layer.Weights.SelectMany(weight => weight.Value.Span.ToArray())];

    private static void Refused(string message, Action action) => Assert.Equal(message, Assert.Throws<EngramException>(action).Message);
}
