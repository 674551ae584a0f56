#:project ../src/Engram/Engram.csproj

// The adding problem (Hochreiter and Schmidhuber 1997): each step brings a random number and a marker; two steps are marked, one in each
// half, and the answer is the sum of their two numbers. Whoever always answers 1 errs by 0.1667, the variance of the sum. An LSTM carries
// the first number across up to a hundred steps; a simple recurrent network of the same size does not.
// Arguments, all optional: the seed, steps, training sequences, epochs.
using System.Diagnostics;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

int seed = args.Length > 0 ? int.Parse(args[0]) : 1;
int steps = args.Length > 1 ? int.Parse(args[1]) : 100;
int sequences = args.Length > 2 ? int.Parse(args[2]) : 5000;
int epochs = args.Length > 3 ? int.Parse(args[3]) : 15;

var random = new Random(seed);
(float[,,] x, float[] y) = AddingProblem(sequences);
(float[,,] testX, float[] testY) = AddingProblem(1000);
foreach (Layer memory in new Layer[] { new Lstm(16), new SimpleRnn(16) })
{
    long start = Stopwatch.GetTimestamp();
    var model = new Sequential(new Input(steps, features: 2), memory, new Dense(1)) { Seed = seed };
    model.Compile(new Adam(0.01) { GlobalClipNorm = 1 }, Loss.MeanSquaredError);
    model.Fit(x, y, new FitOptions { Epochs = epochs });
    double error = model.Evaluate(testX, testY)["loss"];
    Console.WriteLine($"{memory.Kind}: mean squared error {error:0.0000} on new sequences, {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
}

(float[,,] X, float[] Y) AddingProblem(int count)
{
    var x = new float[count, steps, 2]; // the features: number, marker
    var y = new float[count];
    for (int i = 0; i < count; i++)
    {
        for (int t = 0; t < steps; t++) { x[i, t, 0] = random.NextSingle(); }
        int first = random.Next(steps / 2), second = random.Next(steps / 2, steps);
        x[i, first, 1] = x[i, second, 1] = 1;
        y[i] = x[i, first, 0] + x[i, second, 0];
    }

    return (x, y);
}
