using Engram.Data;
using Engram.Inference;
using Engram.Layers;
using Engram.Models;

namespace Engram.Probe;

/// <summary>Quantized models: their predictions, and sessions of one row and of several.</summary>
internal static class QuantizedProbe
{
    private const int Samples = 5, TimeSteps = 6, Features = 19;

    public static IEnumerable<string> Lines()
    {
        foreach (WeightType type in (WeightType[])[WeightType.Bfloat16, WeightType.Int8])
        {
            yield return Line(type, new Lstm(33) { ReturnSequences = true }, new Gru(17) { ReturnSequences = true }, new SimpleRnn(9));
            yield return Line(type, new Lstm(264) { ReturnSequences = true }, new Gru(130) { ResetAfter = false }, new Dense(70));
        }
    }

    private static string Line(WeightType type, params Layer[] layers)
    {
        var values = new float[Samples * TimeSteps * Features];
        new RandomKey(3).FillUniform(values);
        NumericArray x = NumericArray.Create(values, Samples, TimeSteps, Features);
        QuantizedModel model = new Sequential([new Input(TimeSteps, Features), .. layers]) { Seed = 11 }.Quantize(type, x);
        var digest = new Digest();
        NumericArray prediction = model.Predict(x);
        digest.Add(prediction.Span);
        using LstmSession session = model.OpenSession();
        var output = new float[session.OutputWidth];
        for (int t = 0; t < TimeSteps; t++) { session.Step(values.AsSpan(t * Features, Features), output); }
        digest.Add(output);
        return $"{type} {model.Report.MeanError:R} {digest}";
    }
}
