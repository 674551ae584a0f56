#:project ../src/Engram/Engram.csproj

// How long does training take? 1000 random sequences of 1000 steps of one feature, an LSTM of 50 units, ten epochs in batches of 64.
// There is nothing to learn here but the mean of the targets; their variance, 1/12 = 0.083, is about what remains.
// Arguments, all optional: epochs, sequences, steps.
using System.Diagnostics;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

int epochs = args.Length > 0 ? int.Parse(args[0]) : 10;
int sequences = args.Length > 1 ? int.Parse(args[1]) : 1000;
int steps = args.Length > 2 ? int.Parse(args[2]) : 1000;

var random = new Random(1);
var x = new float[sequences, steps, 1]; // (samples, timeSteps, features)
var y = new float[sequences];
for (int i = 0; i < sequences; i++)
{
    for (int t = 0; t < steps; t++) { x[i, t, 0] = random.NextSingle(); }
    y[i] = random.NextSingle();
}

var model = new Sequential(new Input(steps, features: 1), new Lstm(50), new Dense(1)) { Seed = 1 };
model.Compile(new Adam(), Loss.MeanSquaredError);

long start = Stopwatch.GetTimestamp();
var progress = new ProgressBar { Verbose = 2, Output = Console.Out }; // one line for each epoch
model.Fit(x, y, new FitOptions { Epochs = epochs, BatchSize = 64, Callbacks = [progress] });
Console.WriteLine($"{epochs} epochs in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s");
