using System.Diagnostics;
using Engram;
using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

var random = new RandomKey(1);
var values = new float[1000 * 1000];
random.FillUniform(values);
var targets = new float[1000];
random.Derive(1).FillUniform(targets);
var model = new Sequential(new Input(timeSteps: 1000, features: 1), new Lstm(50), new Dense(1)) { Seed = 1 };
model.Compile(new Adam(), Loss.MeanSquaredError);
Console.WriteLine(model.Summary());
NumericArray x = NumericArray.Create(values, 1000, 1000, 1);
for (int i = 0; i < 5; i++)
{
    long start = Stopwatch.GetTimestamp();
    History history = model.Fit(x, targets, new FitOptions { BatchSize = 64 });
    double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
    double flops = 1e6 * 2 * 200 * 52 * 3;
    Console.WriteLine($"{seconds:0.000} s, {flops / seconds / 1e9:0.0} GFLOP/s, loss {history.Loss[0]:R}");
}

return 0;
