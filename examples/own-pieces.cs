#:project ../src/Engram/Engram.csproj

// How do I write a layer, a loss, a metric and a callback of my own? Each is a short class: a layer states its forward pass and its gradient,
// and GradientCheck says whether the two agree; a loss states one row and its gradient, a metric one row, a callback what it watches.
using Engram;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

Console.WriteLine(GradientCheck.Run(new Scaling(), [new Shape(3, 5)]).Passed ? "the gradient is right" : "the gradient is wrong");

var random = new Random(1);
var x = new float[256, 8, 3];
var y = new float[256];
for (int i = 0; i < 256; i++)
{
    for (int t = 0; t < 8; t++) { (x[i, t, 0], x[i, t, 1], x[i, t, 2]) = (random.NextSingle(), 100 * random.NextSingle(), 0.01f * random.NextSingle()); }
    y[i] = x[i, 7, 0] + (0.2f * random.NextSingle());
}

var model = new Sequential(new Input(8, 3), new Scaling(), new Lstm(8), new Dense(1)) { Seed = 1 };
model.Compile(new Adam(0.01), new Cautious(), new ShareTooHigh());
History history = model.Fit(x, y, new FitOptions { Epochs = 60, Callbacks = [new StopBelow(0.01)] });
Console.WriteLine($"{history.Epochs} epochs, loss {history.Loss[^1]:0.0000}, too high in {history["share_too_high"][^1]:P0} of the cases");

/// <summary>Multiplies each feature by a factor that is learnt: y = s x, so dx = s dy and ds = Σ x dy.</summary>
sealed class Scaling : Layer
{
    private Weight factors = null!;

    public override bool SupportsMasking => true;

    public override Shape OutputShape(Shape input) => input;

    protected override void OnBuild(IReadOnlyList<Shape> inputs) => factors = AddWeight("factors", [inputs[0].Last], Initializers.Ones);

    protected override void Forward(LayerCall call)
    {
        ReadOnlySpan<float> x = call.Input.Span, s = factors.Value.Span;
        for (int i = 0; i < x.Length; i++) { call.Output.Span[i] = s[i % s.Length] * x[i]; }
    }

    protected override void Backward(LayerCall call)
    {
        ReadOnlySpan<float> x = call.Input.Span, s = factors.Value.Span, dy = call.OutputGradient.Span;
        for (int i = 0; i < x.Length; i++) { factors.Gradient.Span[i % s.Length] += x[i] * dy[i]; } // gradients of weights are added to
        if (call.InputGradient is not { } dx) { return; } // nobody asks the first layer
        for (int i = 0; i < x.Length; i++) { dx.Span[i] = s[i % s.Length] * dy[i]; } // those of inputs are overwritten
    }
}

/// <summary>A squared error that counts four times where the prediction is too high.</summary>
sealed class Cautious : RowLoss
{
    public override string Name => "cautious";

    protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p) => Price(p[0] - y[0]) * Math.Pow(p[0] - y[0], 2);

    protected override void RowGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> p, double weight, Span<float> dp) =>
        dp[0] = (float)(weight * Price(p[0] - y[0]) * 2 * (p[0] - y[0]));

    private static double Price(double error) => error > 0 ? 4 : 1;
}

/// <summary>The share of rows whose prediction is too high.</summary>
sealed class ShareTooHigh : RowMetric
{
    public ShareTooHigh() => Name = "share_too_high";

    protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p) => p[0] > y[0] ? 1 : 0;
}

/// <summary>Stops when the loss is low enough.</summary>
sealed class StopBelow(double loss) : Callback
{
    public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs) => run.StopTraining = logs["loss"] < loss;
}
