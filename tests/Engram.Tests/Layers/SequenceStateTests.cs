using Engram.Data;
using Engram.Inference;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Layers;

/// <summary>The layers that Keras lacks keep what recurrent layers promise about states: given, returned and carried.</summary>
public sealed class SequenceStateTests
{
    private const int Rows = 3, Steps = 7, Features = 4, Cut = 3;

    private static readonly Dictionary<string, Func<SequenceOptions, SequenceLayer>> Layers = new()
    {
        ["MLstm"] = options => new MLstm(6) { Heads = 3, Options = options },
        ["MLstm with one head"] = options => new MLstm(5) { Options = options },
        ["SLstm"] = options => new SLstm(6) { Heads = 2, Options = options },
        ["LayerNormLstm"] = options => new LayerNormLstm(5) { Options = options },
        ["MinimalGatedUnit"] = options => new MinimalGatedUnit(5) { Options = options },
    };

    public static TheoryData<string> Kinds() => [.. Layers.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_sequence_in_two_pieces_ends_as_the_whole(string kind)
    {
        SequenceLayer layer = Built(kind, new SequenceOptions(true, true, false, false, false));
        TensorBuffer x = Drawn(1, Rows, Steps, Features);
        Mask mask = Holes();
        TensorBuffer[] whole = Run(layer, mask, x);
        TensorBuffer[] first = Run(layer, Piece(mask, 0, Cut), Piece(x, 0, Cut));
        TensorBuffer[] second = Run(layer, Piece(mask, Cut, Steps), [Piece(x, Cut, Steps), .. first[1..]]);
        for (int k = 1; k < whole.Length; k++) { Close(whole[k], second[k], $"state {k}"); }
        for (int row = 0; row < Rows; row++)
        {
            for (int t = Cut; t < Steps; t++)
            {
                if (!mask[row, t]) { continue; }
                int width = layer.OutputWidth;
                Close(
                    whole[0].Span.Slice(((row * Steps) + t) * width, width), second[0].Span.Slice(((row * (Steps - Cut)) + t - Cut) * width, width),
                    $"output of row {row}, step {t}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Zeros_as_initial_states_change_no_bit(string kind)
    {
        SequenceLayer layer = Built(kind, new SequenceOptions(true, true, false, false, false));
        TensorBuffer x = Drawn(1, Rows, Steps, Features);
        TensorBuffer[] zeros = [.. layer.StateWidths.Select(width => new TensorBuffer(Rows, width))];
        TensorBuffer[] without = Run(layer, null, x), with = Run(layer, null, [x, .. zeros]);
        for (int k = 0; k < without.Length; k++) { Assert.Equal(without[k].Span.ToArray(), with[k].Span.ToArray()); }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_stateful_layer_goes_on_where_it_ended(string kind)
    {
        SequenceLayer plain = Built(kind, new SequenceOptions(true, true, false, false, false));
        SequenceLayer stateful = Built(kind, new SequenceOptions(true, true, false, Stateful: true, false));
        TensorBuffer x = Drawn(1, Rows, Steps, Features);
        TensorBuffer[] first = Run(plain, null, Piece(x, 0, Cut)), second = Run(plain, null, [Piece(x, Cut, Steps), .. first[1..]]);
        var call = new LayerCall(stateful);
        for (int again = 0; again < 2; again++)
        {
            foreach ((TensorBuffer input, TensorBuffer[] expected) in new[] { (Piece(x, 0, Cut), first), (Piece(x, Cut, Steps), second) })
            {
                call.Forward(input);
                for (int k = 0; k < expected.Length; k++) { Assert.Equal(expected[k].Span.ToArray(), call.Outputs[k].Span.ToArray()); }
            }

            Assert.NotNull(stateful.CarriedStates);
            stateful.ResetState();
        }

        call.Forward(x);
        EngramException error = Assert.Throws<EngramException>(() => new LayerCall(stateful).Forward(Drawn(1, 2, Steps, Features)));
        Assert.Contains($"carries states of shape (3, {plain.StateWidths[0]}), but the batch needs (2, {plain.StateWidths[0]})", error.Message, StringComparison.Ordinal);
    }

    // The gradients of a stateful layer are those of its initial states given as constants, although it has replaced them since.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_stateful_layer_learns_from_the_states_that_it_began_with(string kind)
    {
        SequenceLayer plain = Built(kind, new SequenceOptions(true, true, false, false, false));
        SequenceLayer stateful = Built(kind, new SequenceOptions(true, true, false, Stateful: true, false));
        TensorBuffer x = Drawn(1, Rows, Steps, Features);
        TensorBuffer[] first = Run(plain, null, x);
        Run(stateful, null, x);
        List<float[]> expected = Gradients(plain, [x, .. first[1..]]), actual = Gradients(stateful, [x]);
        for (int k = 0; k < expected.Count; k++) { Assert.Equal(expected[k], actual[k]); }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Derivatives_are_right_with_states_and_padding(string kind)
    {
        foreach ((bool sequences, bool backwards, bool zero) in new[] { (true, false, false), (true, true, true), (false, false, false), (false, true, false) })
        {
            SequenceLayer layer = Built(kind, new SequenceOptions(sequences, true, backwards, false, zero));
            TensorBuffer[] inputs = [Drawn(1, Rows, 5, Features), .. layer.StateWidths.Select((width, k) => Drawn(k + 2, Rows, width))];
            if (kind == "SLstm") { for (int i = 0; i < inputs[3].Length; i++) { inputs[3].Span[i] = 1 + Math.Abs(inputs[3].Span[i]); } } // n is a sum of positive shares
            GradientReport report = GradientCheck.Run(layer, [.. inputs.Select(input => new Shape(input.Axes))], new GradientCheckOptions
            {
                Inputs = inputs,
                Mask = Piece(Holes(), 0, 5),
                Step = 1f / 128,
            });
            Assert.True(report.Passed, $"{sequences} {backwards} {zero}: {report}");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_session_ends_with_the_states_that_the_layer_returns(string kind)
    {
        SequenceLayer layer = Layers[kind](new SequenceOptions(true, false, false, false, false));
        var model = new Sequential(new Input(Steps, Features), layer) { Seed = 3 };
        model.Build();
        TensorBuffer x = Drawn(1, 1, Steps, Features);
        SequenceLayer returning = layer.Clone(layer.Options with { ReturnState = true });
        returning.Build([new Shape(1, Steps, Features)], new RandomKey(1));
        for (int i = 0; i < layer.Weights.Count; i++) { returning.Weights[i].Value.CopyFrom(layer.Weights[i].Value.Span); }
        TensorBuffer[] expected = Run(returning, null, x);
        using LstmSession session = model.OpenSession();
        Span<float> y = stackalloc float[layer.OutputWidth];
        for (int t = 0; t < Steps; t++) { session.Step(x.Span.Slice(t * Features, Features), y); }

        // A session may keep several states of a layer side by side.
        float[] found = [.. session.State(0, 0), .. layer.StateCount > 1 ? session.State(0, 1) : [], .. layer is MLstm ? session.State(0, 2) : []];
        Close([.. expected[1..].SelectMany(state => state.Span.ToArray())], found, "states");
    }

    // An encoder gives its states to a decoder: trained, saved, loaded, trained on.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_encoder_hands_its_states_to_a_decoder(string kind)
    {
        var x = new Input(Steps, Features) { Name = "x" };
        var z = new Input(2, Features) { Name = "z" };
        IReadOnlyList<SymbolicTensor> encoded = Layers[kind](new SequenceOptions(false, true, false, false, false)).ApplyAll(x);
        SymbolicTensor decoded = Layers[kind](new SequenceOptions(true, false, false, false, false)).Apply([z, .. encoded.Skip(1)]);
        var model = new Model([x, z], [new Dense(1).Apply(decoded)]) { Seed = 5 };
        model.Compile(new Adam { LearningRate = 0.01 }, Loss.MeanSquaredError);
        var inputs = new NumericArrays { ["x"] = Numbers(1, 12, Steps, Features), ["z"] = Numbers(2, 12, 2, Features) };
        float[,,] target = Numbers(3, 12, 2, 1);
        History history = model.Fit(inputs, target, new FitOptions { Epochs = 8, BatchSize = 4 });
        Assert.True(history["loss"][^1] < history["loss"][0]);

        string path = Path.Combine(Directory.CreateTempSubdirectory("engram").FullName, "states.keras");
        try
        {
            model.Save(path);
            Network again = Network.Load(path);
            Assert.Equal(model.Predict(inputs).ToArray(), again.Predict(inputs).ToArray());
            Assert.Equal(
                model.Fit(inputs, target, new FitOptions { Epochs = 1, BatchSize = 4 })["loss"],
                again.Fit(inputs, target, new FitOptions { Epochs = 1, BatchSize = 4 })["loss"]);
        }
        finally { Directory.Delete(Path.GetDirectoryName(path)!, recursive: true); }
    }

    private static SequenceLayer Built(string kind, SequenceOptions options)
    {
        SequenceLayer layer = Layers[kind](options);
        layer.Build([new Shape(Rows, Steps, Features)], new RandomKey(8));
        for (int i = 0; i < layer.Weights.Count; i++)
        {
            for (int j = 0; j < layer.Weights[i].Value.Length; j++) { layer.Weights[i].Value.Span[j] += 0.3f * (float)new RandomKey(60 + i).Normal((ulong)j); }
        }

        return layer;
    }

    private static TensorBuffer[] Run(SequenceLayer layer, Mask? mask, params TensorBuffer[] inputs)
    {
        var call = new LayerCall(layer) { Mask = mask };
        call.Forward(inputs);
        return [.. call.Outputs];
    }

    private static List<float[]> Gradients(SequenceLayer layer, TensorBuffer[] inputs)
    {
        foreach (Weight weight in layer.Weights) { weight.Gradient.Clear(); }
        var call = new LayerCall(layer) { Training = true, KeepForBackward = true };
        call.Forward(inputs);
        IReadOnlyList<TensorBuffer> cotangents = call.PrepareOutputGradients();
        for (int k = 0; k < cotangents.Count; k++) { Drawn(20 + k, cotangents[k].Axes.ToArray()).Span.CopyTo(cotangents[k].Span); }
        var dx = new TensorBuffer(0);
        call.Backward(dx);
        return [dx.Span.ToArray(), .. layer.Weights.Select(weight => weight.Gradient.Span.ToArray())];
    }

    // A hole, padding at the end, and a row of padding alone in the first piece.
    private static Mask Holes()
    {
        var mask = new Mask(Rows, Steps);
        byte[] valid = [1, 0, 1, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0];
        valid.CopyTo(mask.Span);
        return mask;
    }

    private static Mask Piece(Mask mask, int start, int end)
    {
        var piece = new Mask(mask.Rows, end - start);
        for (int row = 0; row < mask.Rows; row++) { mask.Span.Slice((row * mask.TimeSteps) + start, end - start).CopyTo(piece.Span[(row * (end - start))..]); }
        return piece;
    }

    private static TensorBuffer Piece(TensorBuffer x, int start, int end)
    {
        var piece = new TensorBuffer(x[0], end - start, x[2]);
        for (int row = 0; row < x[0]; row++) { x.Span.Slice(((row * x[1]) + start) * x[2], (end - start) * x[2]).CopyTo(piece.Span[(row * (end - start) * x[2])..]); }
        return piece;
    }

    private static TensorBuffer Drawn(long key, params int[] axes)
    {
        var buffer = new TensorBuffer(axes);
        for (int i = 0; i < buffer.Length; i++) { buffer.Span[i] = (float)new RandomKey(key).Normal((ulong)i); }
        return buffer;
    }

    private static float[,,] Numbers(long key, int rows, int steps, int features)
    {
        var numbers = new float[rows, steps, features];
        TensorBuffer drawn = Drawn(key, rows, steps, features);
        for (int i = 0; i < drawn.Length; i++) { numbers[i / (steps * features), i / features % steps, i % features] = drawn.Span[i]; }
        return numbers;
    }

    private static void Close(TensorBuffer expected, TensorBuffer actual, string what) => Close(expected.Span, actual.Span, what);

    private static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what) =>
        Golden.AssertClose([.. expected.ToArray().Select(value => (double)value)], actual, 4e-6, what);
}
