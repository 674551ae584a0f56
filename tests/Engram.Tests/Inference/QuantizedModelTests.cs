using System.Numerics.Tensors;
using System.Reflection;
using Engram.Data;
using Engram.Inference;
using Engram.Kernels;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Inference;

public class QuantizedModelTests
{
    private const int Samples = 5, TimeSteps = 6, Features = 3;

    private static readonly string[] Stacks = ["lstm", "gru", "gru-before", "rnn", "relu", "stack", "last", "wide"];

    public static TheoryData<string, WeightType> StacksAndTypes
    {
        get
        {
            var data = new TheoryData<string, WeightType>();
            foreach (string stack in Stacks)
            {
                data.Add(stack, WeightType.Bfloat16);
                data.Add(stack, WeightType.Int8);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(StacksAndTypes))]
    public void Sessions_of_any_number_of_rows_equal_predict_to_the_last_bit(string stack, WeightType type)
    {
        QuantizedModel model = Create(stack).Quantize(type, X());
        Tensor<float> whole = model.Predict(X());
        Assert.Equal(Values(whole), Values(model.Predict(X(), batchSize: 2)));
        float[] expected = Values(whole), x = X().Span.ToArray();
        bool eachStep = whole.Rank == 3;
        int width = (int)whole.Lengths[^1];
        foreach (int rows in (int[])[1, Samples])
        {
            using LstmSession session = model.OpenSession(rows);
            var output = new float[rows * width];
            for (int t = 0; t < TimeSteps; t++)
            {
                session.Step([.. Enumerable.Range(0, rows).SelectMany(row => x.Skip(((row * TimeSteps) + t) * Features).Take(Features))], output);
                for (int row = 0; row < rows && (eachStep || t == TimeSteps - 1); row++)
                {
                    int at = eachStep ? (row * TimeSteps) + t : row;
                    Assert.Equal(expected[(at * width)..((at + 1) * width)], output[(row * width)..((row + 1) * width)]);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(StacksAndTypes))]
    public void The_report_equals_a_comparison_with_the_model(string stack, WeightType type)
    {
        Sequential model = Create(stack);
        QuantizedModel quantized = model.Quantize(type, X());
        float[] expected = Values(model.Predict(X())), actual = Values(quantized.Predict(X()));
        int width = quantized.Report.Outputs.Count;
        Assert.Equal((int)model.Predict(X()).Lengths[^1], width);
        foreach (OutputError error in quantized.Report.Outputs)
        {
            double[] exact = [.. expected.Where((_, i) => i % width == error.Output).Select(value => (double)value)];
            double[] differences = [.. actual.Where((_, i) => i % width == error.Output).Select((value, i) => Math.Abs(value - exact[i]))];
            double mean = exact.Average();
            double spread = Math.Sqrt(exact.Select(value => (value - mean) * (value - mean)).Average());
            Assert.Equal(differences.Max(), error.LargestError);
            Assert.Equal(differences.Average(), error.MeanError, 1e-12);
            Assert.Equal(spread, error.Spread, 1e-12);
            Assert.Equal(error.LargestError / error.Spread, error.RelativeLargestError, 1e-12);
            Assert.True(error.LargestError > 0);
        }

        double meanSpread = quantized.Report.Outputs.Average(output => output.Spread);
        Assert.True(quantized.Report.MeanError < (type == WeightType.Int8 ? 0.05 : 0.02) * meanSpread, $"{quantized.Report}");
        Assert.Equal(quantized.Report.Outputs.Max(output => output.LargestError), quantized.Report.LargestError);
        Assert.Equal(quantized.Report.Outputs.Average(output => output.MeanError), quantized.Report.MeanError, 1e-12);
        Assert.True(quantized.Report.BytesAfter < quantized.Report.BytesBefore);
        Assert.Equal(model.Weights.Sum(weight => weight.Value.Length) * 4, quantized.Report.BytesBefore);
    }

    [Theory]
    [MemberData(nameof(StacksAndTypes))]
    public void Bfloat16_equals_the_model_with_rounded_weights(string stack, WeightType type)
    {
        if (type != WeightType.Bfloat16) { return; }
        Sequential model = Create(stack);
        QuantizedModel quantized = model.Quantize(type, X());
        foreach (Weight weight in model.Weights)
        {
            if (weight.Name.EndsWith("bias", StringComparison.Ordinal)) { continue; }
            foreach (ref float value in weight.Value.Span) { value = Bfloat16Matrix.Widen(Bfloat16Matrix.Round(value)); }
        }

        Assert.Equal(Values(model.Predict(X())), Values(quantized.Predict(X())));
    }

    [Fact]
    public void Layers_can_stay_in_32_bits_and_are_listed()
    {
        Sequential model = Create("stack");
        QuantizationReport report = model.Quantize(WeightType.Int8, X(), "dense").Report;
        Assert.Equal(["lstm", "dropout", "gru", "dense"], report.Layers.Select(layer => layer.Name));
        Assert.Equal(
            [WeightType.Int8, WeightType.Float32, WeightType.Int8, WeightType.Float32], report.Layers.Select(layer => layer.WeightType));
        Assert.Equal([null, "has no matrix", null, "kept in 32 bits as asked"], report.Layers.Select(layer => layer.Reason));
        Assert.Equal(((Features + 17) * 68) + (2 * 68 * 4) + (68 * 4), report.Layers[0].BytesAfter); // codes, scales of W and U, bias
        Assert.Equal(report.Layers[3].BytesBefore, report.Layers[3].BytesAfter);
        Assert.Contains("dense (Dense): kept in 32 bits as asked", report.ToString(), StringComparison.Ordinal);

        // A head alone in 32 bits leaves the error of the layers before it.
        QuantizedModel none = model.Quantize(WeightType.Int8, X(), "lstm", "gru", "dense");
        Assert.Equal(0, none.Report.LargestError);
        Assert.Equal(0, none.Report.RelativeLargestError);
    }

    [Fact]
    public void It_refuses_to_train_and_says_why()
    {
        QuantizedModel model = Create("lstm").Quantize(WeightType.Int8, X());

        // Whoever writes a call gets the reason from the compiler; here it is called as a compiler would not.
        MethodInfo method = typeof(QuantizedModel).GetMethod("Fit")!;
        Assert.True(method.GetCustomAttribute<ObsoleteAttribute>()!.IsError);
        var error = Assert.Throws<TargetInvocationException>(() => method.Invoke(model, [X(), X(), null]));
        Assert.IsType<InvalidOperationException>(error.InnerException);
        Assert.Contains("cannot be trained: its weights are rounded", error.InnerException.Message, StringComparison.Ordinal);
        Assert.True(typeof(QuantizedModel).GetMethod("Compile")!.GetCustomAttribute<ObsoleteAttribute>()!.IsError);
    }

    [Fact]
    public void Bad_input_is_refused_by_name()
    {
        Sequential model = Create("stack");
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Quantize(WeightType.Float32, X()));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Quantize((WeightType)7, X()));
        AssertSays("no layer named 'gru_1'", () => model.Quantize(WeightType.Int8, X(), "gru_1"));
        AssertSays("expected (batch, time, features=3)", () => model.Quantize(WeightType.Int8, new float[1, 2, 4]));
        AssertSays("no samples", () => model.Quantize(WeightType.Int8, new float[0, 2, 3]));
        AssertSays("x has NaN at sample 0, time step 1, feature 2", () => model.Quantize(WeightType.Int8, new float[,,] { { { 1, 2, 3 }, { 1, 2, float.NaN } } }));
        AssertSays("bidirectional (Bidirectional) needs the whole sequence", () => new Sequential(new Bidirectional(new Lstm(3))).Quantize(WeightType.Int8, X()));
        QuantizedModel quantized = model.Quantize(WeightType.Bfloat16, X());
        AssertSays("(timeSteps, features=3)", () => quantized.Predict(new float[1, 2, 4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => quantized.OpenSession(0));
        model.Weights[1].Value.Span[4] = float.PositiveInfinity;
        AssertSays("lstm: the weight", () => model.Quantize(WeightType.Int8, X()));
    }

    [Fact]
    public void It_keeps_its_weights_while_the_model_trains()
    {
        Sequential model = Create("last");
        QuantizedModel quantized = model.Quantize(WeightType.Int8, X());
        float[] before = Values(quantized.Predict(X()));
        model.Compile(new Adam(), Loss.MeanSquaredError);
        model.Fit(X(), NumericArray.Create(new float[Samples * 2], Samples, 2));
        Assert.Equal(before, Values(quantized.Predict(X())));
        Assert.NotEqual(before, Values(model.Quantize(WeightType.Int8, X()).Predict(X())));
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        foreach (WeightType type in (WeightType[])[WeightType.Bfloat16, WeightType.Int8])
        {
            foreach (int rows in (int[])[1, 4])
            {
                using LstmSession session = Create("stack").Quantize(type, X()).OpenSession(rows);
                float[] x = new float[rows * Features], output = new float[rows * session.OutputWidth];
                x.AsSpan().Fill(0.3f);
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
    }

    [Fact]
    public void Sessions_run_at_the_same_time()
    {
        QuantizedModel model = Create("wide").Quantize(WeightType.Int8, X());
        float[] expected = Values(model.Predict(X()));
        Parallel.For(0, 6, _ => Assert.Equal(expected, Values(model.Predict(X()))));
    }

    private static void AssertSays(string words, Action action) =>
        Assert.Contains(words, Assert.Throws<EngramException>(action).Message, StringComparison.Ordinal);

    private static Sequential Create(string name)
    {
        var model = new Sequential([new Input(Shape.Unknown, Features), .. Layers(name)]) { Seed = 4 };
        model.Build();
        return model;
    }

    private static Layer[] Layers(string name) => name switch
    {
        "lstm" => [new Lstm(5) { ReturnSequences = true }],
        "gru" => [new Gru(5) { ReturnSequences = true, BiasInitializer = Initializers.RandomNormal() }],
        "gru-before" => [new Gru(5) { ReturnSequences = true, ResetAfter = false, BiasInitializer = Initializers.RandomNormal() }],
        "rnn" => [new SimpleRnn(19) { ReturnSequences = true, UseBias = false }],
        "relu" => [new Lstm(5) { ReturnSequences = true, Activation = Activations.Relu, RecurrentActivation = Activations.HardSigmoid }],
        "stack" => [new Lstm(17) { ReturnSequences = true }, new Dropout(0.2f), new Gru(4) { ReturnSequences = true }, new Dense(2)],
        "last" => [new Lstm(6) { ReturnSequences = true }, new TimeDistributed(new Dense(9)), new Lstm(4), new Dense(2) { Activation = Activations.Tanh }],
        _ => [new Lstm(300) { ReturnSequences = true }, new Gru(260)], // wide enough that threads share a step
    };

    private static NumericArray X()
    {
        var values = new float[Samples * TimeSteps * Features];
        new RandomKey(6).FillUniform(values);
        for (int i = 0; i < values.Length; i++) { values[i] = (4 * values[i]) - 2; }
        return NumericArray.Create(values, Samples, TimeSteps, Features);
    }

    private static float[] Values(Tensor<float> tensor)
    {
        var values = new float[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }
}
