using Engram.Data;
using Engram.Inference;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Inference;

public class LstmSessionTests
{
    private const int Rows = 3, TimeSteps = 7, Features = 2;

    public static TheoryData<string> Stacks => new("lstm", "gru", "gru-before", "rnn", "relu", "stack", "head", "softmax");

    [Theory]
    [MemberData(nameof(Stacks))]
    public void Steps_equal_predicting_the_whole_sequence_to_the_last_bit(string name)
    {
        Sequential model = Create(name);
        float[] x = Random(Rows * TimeSteps * Features);
        NumericArray whole = model.Predict(NumericArray.Create(x, Rows, TimeSteps, Features));
        int width = whole.Axes[^1];
        using LstmSession session = model.OpenSession(Rows);
        Assert.Equal((Rows, Features, width), (session.Rows, session.InputWidth, session.OutputWidth));
        var output = new float[Rows * width];
        for (int t = 0; t < TimeSteps; t++)
        {
            session.Step(Step(x, t), output);
            for (int row = 0; row < Rows; row++)
            {
                Assert.Equal(whole.Span.Slice(((row * TimeSteps) + t) * width, width).ToArray(), output[(row * width)..((row + 1) * width)]);
            }
        }
    }

    [Theory]
    [InlineData(11, 5, 6)] // few numbers: their products with the kernel are kept
    [InlineData(70_001, 3, 9)] // many: vectors are looked up
    public void Steps_behind_an_embedding_take_numbers_and_equal_predicting_too(int numbers, int width, int units)
    {
        var model = new Sequential(
            new Input([Shape.Unknown]), new Embedding(numbers, width), new Dropout(0.3f), new Lstm(units) { ReturnSequences = true }, new Gru(units + 1) { ReturnSequences = true }, new Dense(4))
        { Seed = 3 };
        var random = new Random(2);
        float[] x = [.. Enumerable.Range(0, Rows * TimeSteps).Select(_ => (float)random.Next(numbers))];
        NumericArray whole = model.Predict(NumericArray.Create(x, Rows, TimeSteps));
        using LstmSession session = model.OpenSession(Rows);
        Assert.Equal((1, 4), (session.InputWidth, session.OutputWidth));
        var output = new float[Rows * 4];
        for (int t = 0; t < TimeSteps; t++)
        {
            session.Step([.. Enumerable.Range(0, Rows).Select(row => x[(row * TimeSteps) + t])], output);
            for (int row = 0; row < Rows; row++) { Assert.Equal(whole.Span.Slice(((row * TimeSteps) + t) * 4, 4).ToArray(), output[(row * 4)..((row + 1) * 4)]); }
        }

        Assert.Contains($"0 to {numbers - 1}", Assert.Throws<EngramException>(() => session.Step([0, numbers, 1], output)).Message, StringComparison.Ordinal);
        QuantizedModel rounded = model.Quantize(WeightType.Bfloat16, NumericArray.Create(x, Rows, TimeSteps));
        Assert.True(rounded.Report.LargestError is > 0 and < 0.02, $"{rounded.Report.LargestError}");
    }

    [Fact]
    public void States_can_be_saved_restored_reset_and_set()
    {
        Sequential model = Create("stack");
        float[] x = Random(Rows * TimeSteps * Features);
        using LstmSession session = model.OpenSession(Rows);
        float[] first = new float[Rows * 4], again = new float[Rows * 4], other = new float[Rows * 4];
        session.Step(Step(x, 0), other);
        byte[] state = session.SaveState();
        session.Step(Step(x, 1), first);

        using LstmSession fork = session.Fork(Rows);
        fork.RestoreState(state);
        fork.Step(Step(x, 1), again);
        Assert.Equal(first, again);

        fork.Reset();
        fork.Step(Step(x, 0), again);
        Assert.Equal(other, again);

        // Only the row that is reset begins anew.
        session.RestoreState(state);
        session.Reset(1);
        session.Step(Step(x, 0), again);
        Assert.Equal(other[4..8], again[4..8]);
        Assert.NotEqual(other[..4], again[..4]);

        Assert.Equal(2, session.RecurrentLayers);
        session.State(0, 1).Fill(0.5f);
        Assert.All(session.State(0, 1).ToArray(), value => Assert.Equal(0.5f, value));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.State(2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => session.State(1, 1).Length);
        Assert.Throws<EngramException>(() => session.RestoreState(state.AsSpan(1)));
        Assert.Throws<EngramException>(() => model.OpenSession().RestoreState(state));
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        foreach (string name in new[] { "stack", "gru", "gru-before", "relu", "softmax" })
        {
            using LstmSession session = Create(name).OpenSession();
            float[] x = Random(Features), output = new float[session.OutputWidth];
            session.Step(x, output);
            long least = long.MaxValue; // a collection that another test causes counts the rest of this thread's allocation buffer
            for (int attempt = 0; attempt < 5; attempt++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < 100; i++) { session.Step(x, output); }
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            Assert.Equal(0, least);
        }
    }

    [Fact]
    public void Sessions_of_one_model_run_at_the_same_time()
    {
        using LstmSession first = Create("stack").OpenSession();
        float[] x = Random(200 * Features);
        float[] Run(LstmSession session)
        {
            var output = new float[4];
            for (int t = 0; t < 200; t++) { session.Step(x.AsSpan(t * Features, Features), output); }
            return output;
        }

        float[] expected = Run(first);
        Parallel.For(0, 8, _ => Assert.Equal(expected, Run(first.Fork())));
    }

    [Fact]
    public void What_cannot_go_step_by_step_is_refused_by_name()
    {
        var error = Assert.Throws<EngramException>(() => new Sequential(new Input(5, 2), new Bidirectional(new Lstm(3))).OpenSession());
        Assert.Contains("bidirectional (Bidirectional) needs the whole sequence", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<EngramException>(() => new Sequential(new Input(5, 2), new Lstm(3) { GoBackwards = true }).OpenSession());
        Assert.Contains("lstm (LSTM) reads the sequence from its end", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<EngramException>(() => new Sequential(new Lstm(3)).OpenSession());
        Assert.Contains("does not know its input's shape", error.Message, StringComparison.Ordinal);
        using LstmSession session = Create("lstm").OpenSession();
        var lengths = Assert.Throws<ArgumentException>(() => session.Step(new float[3], new float[5]));
        Assert.Contains("input has 3 numbers; a step of this session has 2", lengths.Message, StringComparison.Ordinal);
        session.Dispose();
        Assert.Throws<ObjectDisposedException>(() => session.Step(new float[2], new float[5]));
    }

    [Fact]
    public void A_session_keeps_the_weights_of_its_opening()
    {
        Sequential model = Create("head");
        using LstmSession session = model.OpenSession();
        float[] x = Random(Features), before = new float[3], after = new float[3], fresh = new float[3];
        session.Step(x, before);
        model.Compile(new Adam(), Loss.MeanSquaredError);
        model.Fit(NumericArray.Create(Random(8 * 5 * Features), 8, 5, Features), NumericArray.Create(Random(8 * 5 * 3), 8, 5, 3));
        session.Reset();
        session.Step(x, after);
        Assert.Equal(before, after);
        model.OpenSession().Step(x, fresh);
        Assert.NotEqual(before, fresh);
    }

    private static Sequential Create(string name) => new([new Input(Shape.Unknown, Features), .. Layers(name)]) { Seed = 4 };

    private static Layer[] Layers(string name) => name switch
    {
        "lstm" => [new Lstm(5) { ReturnSequences = true }],
        "gru" => [new Gru(5) { ReturnSequences = true, BiasInitializer = Initializers.RandomNormal() }],
        "gru-before" => [new Gru(5) { ReturnSequences = true, ResetAfter = false, BiasInitializer = Initializers.RandomNormal() }],
        "rnn" => [new SimpleRnn(19) { ReturnSequences = true, UseBias = false }],
        "relu" => [new Lstm(5) { ReturnSequences = true, Activation = Activations.Relu, RecurrentActivation = Activations.HardSigmoid }],
        "stack" => [new Lstm(17) { ReturnSequences = true }, new Dropout(0.2f), new Gru(4) { ReturnSequences = true }],
        "head" => [new Lstm(6) { ReturnSequences = true }, new Dense(3) { Activation = Activations.Tanh }],
        _ => [new Lstm(6) { ReturnSequences = true }, new TimeDistributed(new Dense(3)), new Activation(Activations.Softmax)],
    };

    private static float[] Step(float[] x, int t) =>
        [.. Enumerable.Range(0, Rows).SelectMany(row => x.Skip(((row * TimeSteps) + t) * Features).Take(Features))];

    private static float[] Random(int count)
    {
        var values = new float[count];
        new RandomKey(6).FillUniform(values);
        return values;
    }
}
