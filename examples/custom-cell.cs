#:project ../src/Engram/Engram.csproj

// A recurrent cell of one's own: a leaky integrator, whose units forget at rates that they learn. With Rnn it has masks, states, stacks and
// directions like any other. Here it learns to add up the numbers of a sequence whose second feature is 1. Arguments, all optional: the seed.
using Engram;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

long seed = args.Length > 0 ? long.Parse(args[0]) : 1;
var random = new Random((int)seed);
var x = new float[600, 12, 2]; // (samples, timeSteps, features)
var y = new float[600];
for (int i = 0; i < 600; i++)
{
    for (int t = 0; t < 12; t++)
    {
        (x[i, t, 0], x[i, t, 1]) = (random.NextSingle() - 0.5f, random.Next(2));
        y[i] += x[i, t, 0] * x[i, t, 1];
    }
}

GradientReport report = GradientCheck.Run(new LeakyCell(3), [new Shape(2, 4), new Shape(2, 3)]);
Console.WriteLine($"the gradients are {(report.Passed ? "right" : "wrong")}");

var model = new Sequential(new Input(timeSteps: 12, features: 2), new Dense(8) { Activation = Activations.Tanh }, new Rnn(new LeakyCell(8)), new Dense(1)) { Seed = seed };
model.Compile(new Adam(0.01), Loss.MeanSquaredError);
History history = model.Fit(x, y, new FitOptions { Epochs = 60, ValidationSplit = 0.2 });
Console.WriteLine($"mean squared error {history.ValidationLoss[^1]:0.0000}, at the start {history.ValidationLoss[0]:0.0000}");

/// <summary>s = k s' + x W, where k = sigmoid(r); the output is s. W: (features, units), r: (units).</summary>
sealed class LeakyCell(int units) : RnnCell
{
    private Weight kernel = null!, rates = null!;

    public override IReadOnlyList<int> StateWidths { get; } = [units];

    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        kernel = AddWeight("kernel", [inputs[0].Last, units], Initializers.GlorotUniform);
        rates = AddWeight("rates", [units], Initializers.Ones);
    }

    protected override void Forward(LayerCall step)
    {
        ReadOnlySpan<float> x = step.Input.Span, before = step.Inputs[1].Span, w = kernel.Value.Span;
        int features = step.Input[1];
        for (int i = 0; i < before.Length; i++)
        {
            (int row, int u) = (i / units, i % units);
            float s = Keep(u) * before[i];
            for (int f = 0; f < features; f++) { s += x[(row * features) + f] * w[(f * units) + u]; }
            step.Outputs[0].Span[i] = step.Outputs[1].Span[i] = s;
        }
    }

    protected override void Backward(LayerCall step)
    {
        ReadOnlySpan<float> x = step.Input.Span, before = step.Inputs[1].Span, w = kernel.Value.Span;
        int features = step.Input[1];
        step.InputGradient?.Clear();
        for (int i = 0; i < before.Length; i++)
        {
            (int row, int u) = (i / units, i % units);
            float ds = step.OutputGradients[0].Span[i] + step.OutputGradients[1].Span[i], k = Keep(u);
            if (step.InputGradients[1] is { } dBefore) { dBefore.Span[i] = ds * k; }
            rates.Gradient.Span[u] += ds * before[i] * k * (1 - k); // weights' gradients are added to
            for (int f = 0; f < features; f++)
            {
                kernel.Gradient.Span[(f * units) + u] += ds * x[(row * features) + f];
                if (step.InputGradient is { } dx) { dx.Span[(row * features) + f] += ds * w[(f * units) + u]; }
            }
        }
    }

    private float Keep(int u) => 1 / (1 + MathF.Exp(-rates.Value.Span[u]));
}
