using Engram.Kernels;
using Engram.Layers;

namespace Engram.Tests.Layers;

public class LayerTests
{
    [Theory]
    [InlineData(1, 5, 3)]
    [InlineData(700, 5, 3)]
    [InlineData(333, 70, 45)]
    [InlineData(333, 45, 70)]
    public void Dense_gives_the_same_bits_on_any_number_of_threads_and_for_any_split_of_the_batch(int rows, int features, int units)
    {
        var layer = new Dense(units) { Activation = Activations.Tanh };
        layer.Build([new Shape(rows, features)], new RandomKey(1));
        TensorBuffer x = Draw(rows, features);
        TensorBuffer dy = Draw(rows, units);
        int threads = Workers.ThreadCount;
        var results = new List<float[]>();
        try
        {
            foreach (int count in new[] { 1, 3 })
            {
                Workers.ThreadCount = count;
                results.Add(Run(layer, x, dy));
            }
        }
        finally
        {
            Workers.ThreadCount = threads;
        }

        Assert.Equal(results[0], results[1]);

        // Each row by itself gives the row that the whole batch gave.
        var call = new LayerCall(layer);
        var one = new TensorBuffer(1, features);
        for (int row = 0; row < rows; row += 41)
        {
            one.CopyFrom(x.Span.Slice(row * features, features));
            call.Forward(one);
            Assert.Equal(results[0][(row * units)..((row + 1) * units)], call.Output.Span.ToArray());
        }
    }

    [Fact]
    public void A_training_step_allocates_nothing()
    {
        var layers = new (Layer Layer, int[] Shape)[]
        {
            (new Dense(3) { Activation = Activations.Gelu() }, [70, 5]),
            (new TimeDistributed(new Dense(3)), [4, 6, 5]),
            (new Dropout(0.5f), [4, 6]),
            (new Bidirectional(new SimpleRnn(3) { ReturnSequences = true }), [4, 6, 5]),
            (new Activation(Activations.Softmax), [4, 6]),
            (new Flatten(), [4, 6, 5]),
            (new RepeatVector(3), [4, 6]),
            (new Masking(), [4, 6, 5]),
        };
        foreach ((Layer layer, int[] shape) in layers)
        {
            layer.Build([new Shape(shape)], new RandomKey(1));
            var call = new LayerCall(layer) { Training = true, KeepForBackward = true };
            TensorBuffer x = Draw(shape);
            var dx = new TensorBuffer(0);
            long allocated = 0;
            for (int step = 0; step < 3; step++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                call.Forward(x);
                call.PrepareOutputGradients();
                call.Backward(dx);
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            }

            Assert.True(allocated == 0, $"{layer.Kind} allocated {allocated} bytes");
        }
    }

    [Fact]
    public void Dropout_drops_its_share_by_key_and_rests_outside_training()
    {
        var layer = new Dropout(0.25f);
        TensorBuffer x = Draw(100, 200);
        float[] Forward(bool training, long seed)
        {
            var call = new LayerCall(layer) { Training = training, Random = new RandomKey(seed) };
            call.Forward(x);
            return call.Output.Span.ToArray();
        }

        Assert.Equal(x.Span.ToArray(), Forward(false, 1));
        float[] dropped = Forward(true, 1);
        Assert.InRange(dropped.Count(y => y == 0) / 20000.0, 0.24, 0.26);
        Assert.Equal(dropped, Forward(true, 1));
        Assert.NotEqual(dropped, Forward(true, 2));
        Assert.Equal(x.Span.ToArray(), Run(new Dropout(0), x, x)[..20000]);
    }

    [Fact]
    public void Masking_marks_steps_whose_features_all_equal_the_value()
    {
        var layer = new Masking(-1);
        var x = new TensorBuffer(1, 3, 2);
        x.CopyFrom([-1, -1, -1, 0, 3, 4]);
        var call = new LayerCall(layer);
        call.Forward(x);
        Assert.Equal([0f, 0, -1, 0, 3, 4], call.Output.Span.ToArray());
        Assert.Equal([0, 1, 1], layer.OutputMask(call, 0)!.Span.ToArray());
    }

    [Fact]
    public void Wrappers_pass_masks_on()
    {
        var mask = new Mask(2, 3);
        mask.Span[1] = 1;
        foreach ((Layer layer, bool passes) in new (Layer, bool)[]
        {
            (new TimeDistributed(new Dense(2)), true),
            (new Bidirectional(new Lstm(2) { ReturnSequences = true }), true),
            (new Bidirectional(new Lstm(2)), false),
            (new Dense(2), true),
            (new Dropout(0.1f), true),
            (new Flatten(), false),
        })
        {
            layer.Build([new Shape(2, 3, 4)], new RandomKey(1));
            var call = new LayerCall(layer) { Mask = mask };
            call.Forward(Draw(2, 3, 4));
            Assert.Same(passes ? mask : null, layer.OutputMask(call, 0));
        }
    }

    [Fact]
    public void Weights_are_named_and_ordered_as_in_Keras()
    {
        var bidirectional = new Bidirectional(new SimpleRnn(2));
        bidirectional.Build([new Shape(2, 3, 4)], new RandomKey(1));
        Assert.Equal("forward_simple_rnn", bidirectional.ForwardLayer.Name);
        Assert.True(bidirectional.BackwardLayer.GoBackwards);
        Assert.Equal("forward_simple_rnn/simple_rnn_cell/kernel", bidirectional.Weights[0].Name);
        Assert.Equal("backward_simple_rnn/simple_rnn_cell/bias", bidirectional.Weights[5].Name);
        Assert.NotEqual(bidirectional.Weights[0].Value.Span.ToArray(), bidirectional.Weights[3].Value.Span.ToArray());
        Assert.Equal(2 * ((4 * 2) + (2 * 2) + 2), bidirectional.ParameterCount);

        var nested = new TimeDistributed(new Dense(3) { Name = "head" });
        nested.Build([new Shape(2, 3, 4)], new RandomKey(1));
        Assert.Equal(["head/kernel", "head/bias"], nested.Weights.Select(weight => weight.Name));
        nested.Trainable = false;
        Assert.False(nested.Layer.Trainable);
    }

    [Theory]
    [InlineData("SimpleRNN", "simple_rnn")]
    [InlineData("LSTM", "lstm")]
    [InlineData("ConvLSTM2D", "conv_lstm2d")]
    [InlineData("GlobalMaxPooling1D", "global_max_pooling1d")]
    [InlineData("PReLU", "p_re_lu")]
    [InlineData("TimeDistributed", "time_distributed")]
    public void Kinds_become_snake_case(string kind, string expected) => Assert.Equal(expected, LayerNames.SnakeCase(kind));

    [Fact]
    public void Shapes_follow_the_input_and_unknown_axes_stay_unknown()
    {
        const int None = Shape.Unknown;
        Assert.Equal("(None, None, 7)", new Dense(7).OutputShape(new Shape(None, None, 4)).ToString());
        Assert.Equal("(None, 12)", new Flatten().OutputShape(new Shape(None, 3, 4)).ToString());
        Assert.Equal("(None, None)", new Flatten().OutputShape(new Shape(None, None, 4)).ToString());
        Assert.Equal("(None, 5, 4)", new RepeatVector(5).OutputShape(new Shape(None, 4)).ToString());
        Assert.Equal("(None, 9, 7)", new TimeDistributed(new Dense(7)).OutputShape(new Shape(None, 9, 4)).ToString());
        Assert.Equal("(None, 9, 6)", new Bidirectional(new Lstm(3) { ReturnSequences = true }).OutputShape(new Shape(None, 9, 4)).ToString());
        Assert.Equal("(None, 9, 6)", new Embedding(5, 6).OutputShape(new Shape(None, 9)).ToString());
        Assert.Equal("(None, 1000, 1)", new Input(timeSteps: 1000, features: 1).Shape.ToString());
        Assert.Equal("(None, None, 28, 3)", new Input(shape: [None, 28, 3]).Shape.ToString());
    }

    [Fact]
    public void Misfits_are_named()
    {
        var dense = new Dense(3) { Name = "dense_1" };
        dense.Build([new Shape(2, 5)], new RandomKey(1));
        AssertMessage("dense_1: expected (batch, ..., features=5), got (32, 4).", () => dense.OutputShape(new Shape(32, 4)));
        AssertMessage("repeat: expected (batch, features), got (2, 3, 4).", () => new RepeatVector(2) { Name = "repeat" }.OutputShape(new Shape(2, 3, 4)));
        AssertMessage("Masking: expected (batch, time, features), got (2, 3).", () => new Masking().OutputShape(new Shape(2, 3)));
        AssertMessage("expected (batch, time, ...), got (2, 3)", () => new TimeDistributed(new Dense(2)).OutputShape(new Shape(2, 3)));
        AssertMessage("expected (batch, time, features), got (2, 3)", () => new Bidirectional(new Gru(2)).OutputShape(new Shape(2, 3)));
        AssertMessage(
            "either no initial state or 2, got 1", () => new Bidirectional(new Gru(2)).OutputShapes([new Shape(2, 3, 4), new Shape(2, 2)]));
        AssertMessage(
            "merged by Sum",
            () => new Bidirectional(new Gru(2), new Gru(3) { GoBackwards = true }) { MergeMode = MergeMode.Sum }.OutputShape(new Shape(2, 3, 4)));
        AssertMessage("several outputs", () => new TimeDistributed(new Lstm(2) { ReturnState = true }).OutputShape(new Shape(2, 3, 4, 5)));

        var embedding = new Embedding(5, 2);
        embedding.Build([new Shape(2, 3)], new RandomKey(1));
        var tokens = new TensorBuffer(2, 3);
        foreach (float wrong in new[] { 5, -1, 0.5f, float.NaN })
        {
            tokens.CopyFrom([0, 1, 2, 3, wrong, 4]);
            AssertMessage($"expected whole numbers from 0 to 4, got {wrong} at (1, 1)", () => new LayerCall(embedding).Forward(tokens));
        }
    }

    [Fact]
    public void Wrong_options_are_errors()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Dense(0));
        Assert.Throws<ArgumentNullException>(() => new Dense(1) { Activation = null! });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Dropout(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Dropout(float.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RepeatVector(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Embedding(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Input(0, 1));
        Assert.Throws<ArgumentException>(() => new Bidirectional(new Lstm(2), new Lstm(2)));
        Assert.Throws<ArgumentException>(() => new Bidirectional(new Lstm(2), new Lstm(2) { GoBackwards = true, ReturnSequences = true }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Bidirectional(new Lstm(2)) { MergeMode = (MergeMode)7 });
    }

    private static void AssertMessage(string expected, Action action) =>
        Assert.Contains(expected, Assert.Throws<EngramException>(action).Message, StringComparison.Ordinal);

    private static float[] Run(Layer layer, TensorBuffer x, TensorBuffer dy)
    {
        var call = new LayerCall(layer) { Training = true, KeepForBackward = true, Random = new RandomKey(1) };
        call.Forward(x);
        call.PrepareOutputGradients()[0].CopyFrom(dy.Span);
        foreach (Weight weight in layer.Weights) { weight.Gradient.Clear(); }
        var dx = new TensorBuffer(0);
        call.Backward(dx);
        return [.. call.Output.Span, .. dx.Span, .. layer.Weights.SelectMany(weight => weight.Gradient.Span.ToArray())];
    }

    private static TensorBuffer Draw(params int[] shape)
    {
        var buffer = new TensorBuffer(shape);
        for (int i = 0; i < buffer.Length; i++) { buffer.Span[i] = (float)new RandomKey(7).Normal((ulong)i); }
        return buffer;
    }
}
