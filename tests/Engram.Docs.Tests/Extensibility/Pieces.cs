using Engram.Layers;
using Engram.Training;

namespace Engram.Docs.Tests.Extensibility;

/// <summary>A loss of one's own: a squared error that counts four times where the prediction is too high.</summary>
public sealed class CautiousSquaredError : RowLoss
{
    public override string Name => "cautious_squared_error";

    protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p)
    {
        double sum = 0;
        for (int i = 0; i < p.Length; i++) { sum += Price(p[i] - y[i]) * Math.Pow(p[i] - y[i], 2); }
        return sum / p.Length;
    }

    protected override void RowGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> p, double weight, Span<float> dp)
    {
        for (int i = 0; i < p.Length; i++) { dp[i] = (float)(weight * Price(p[i] - y[i]) * 2 * (p[i] - y[i]) / p.Length); }
    }

    private static double Price(double error) => error > 0 ? 4 : 1;
}

/// <summary>A metric of one's own: the share of rows whose prediction is too high.</summary>
public sealed class ShareTooHigh : RowMetric
{
    public ShareTooHigh() => Name = "share_too_high";

    protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p) => p[0] > y[0] ? 1 : 0;
}

/// <summary>A callback of one's own: stops when the loss is low enough, and writes down who called when.</summary>
public sealed class StopBelow(double loss) : Callback
{
    public List<string> Calls { get; } = [];

    public override void OnTrainBegin(TrainingRun run) => Calls.Add("train begin");

    public override void OnEpochBegin(TrainingRun run, int epoch) => Calls.Add($"epoch {epoch} begin");

    public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss) => Calls.Add($"batch {batch} end");

    public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs)
    {
        Calls.Add($"epoch {epoch} end");
        run.StopTraining = logs["loss"] < loss;
    }

    public override void OnTrainEnd(TrainingRun run) => Calls.Add("train end");
}

/// <summary>An optimizer of one's own: a step of one length in the direction of the gradient's signs.</summary>
public sealed class SignDescent(double learningRate) : Optimizer(learningRate)
{
    public override string Name => "SignDescent";

    protected override void CreateState(IReadOnlyList<Weight> weights) { }

    protected override void Update(int index, Weight weight, double learningRate, double decay)
    {
        Span<float> w = weight.Value.Span, g = weight.Gradient.Span;
        for (int i = 0; i < w.Length; i++) { w[i] -= (float)((decay * w[i]) + (learningRate * Math.Sign(g[i]))); }
    }
}
