#:project ../src/Engram/Engram.csproj

// Learns to count: i goes in, i + 1 comes out, for i from 0 to 99; each number is a sequence of one step, raw as in the textbook.
// Then: what comes after 100? Arguments, all optional: the seed.
using Engram.Layers;
using Engram.Models;
using Engram.Training;

long seed = args.Length > 0 ? long.Parse(args[0]) : 1;
var x = new float[100, 1, 1]; // (samples, timeSteps, features)
var y = new float[100];
for (int i = 0; i < 100; i++) { (x[i, 0, 0], y[i]) = (i, i + 1); }

var model = new Sequential(new Input(timeSteps: 1, features: 1), new Lstm(50) { Activation = Activations.Relu }, new Dense(1)) { Seed = seed };
model.Compile(new Adam(), Loss.MeanSquaredError);
History history = model.Fit(x, y, new FitOptions { Epochs = 300, ValidationSplit = 0.2 });

var question = new float[1, 1, 1] { { { 100 } } };
Console.WriteLine($"mean squared error {history.Loss[^1]:0.000}, on the last fifth, never trained on, {history.ValidationLoss[^1]:0.000}");
Console.WriteLine($"after 100 comes {model.Predict(question)[0, 0]:0.00}");
