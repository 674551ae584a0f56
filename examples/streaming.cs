#:project ../src/Engram/Engram.csproj

// How do I train on data that do not fit into memory? Three ways, none of which ever holds more than a few batches: windows in a file that are
// read when their turn comes, samples that are made by a function (on a second thread, while the model computes), and batches from an enumeration
// without an end. All three learn the same here: the next value of a wave.
using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

const int Steps = 24;

// 1. A file of 32-bit floats, row behind row. It may be far larger than the memory; a window is read where it lies.
using (var file = new BinaryWriter(File.Create("wave.f32")))
{
    for (int row = 0; row < 4000; row++) { file.Write(Wave(row)); }
}

using (var windows = new FileWindows("wave.f32", features: 1, inputLength: Steps, horizon: 1))
{
    Report("windows of a file", model => model.Fit(new SequenceDataset(windows), new FitOptions { Epochs = 3 }));
}

// 2. A function that makes or fetches a sample; all that is known beforehand is how many there are, and their shape.
var made = new SequenceDataset(4000, inputAxes: [Steps, 1], targetAxes: [], (sample, x, y) => Fill(sample, x, y)) { Prefetch = 4 };
Report("samples of a function", model => model.Fit(made, new FitOptions { Epochs = 3 }));

// 3. Batches from wherever they come; without an end, an epoch is as many as one says.
Report("batches without end", model => model.Fit(new BatchDataset(Endless()), new FitOptions { Epochs = 3, StepsPerEpoch = 125 }));

IEnumerable<Batch> Endless()
{
    for (int seed = 0; ; seed++)
    {
        var random = new Random(seed);
        var (x, y) = (new float[32 * Steps], new float[32]);
        for (int i = 0; i < 32; i++) { Fill(random.Next(4000), x.AsSpan(i * Steps, Steps), y.AsSpan(i, 1)); }
        yield return new Batch(NumericArray.Create(x, 32, Steps, 1), y);
    }
}

void Report(string what, Func<Sequential, History> fit)
{
    var model = new Sequential(new Input(Steps, 1), new Lstm(16), new Dense(1)) { Seed = 1 };
    model.Compile(new Adam(0.01), Loss.MeanSquaredError);
    Console.WriteLine($"{what}: loss {string.Join(", ", fit(model).Loss.Select(loss => $"{loss:0.0000}"))}");
}

static void Fill(int from, Span<float> x, Span<float> y)
{
    for (int t = 0; t < x.Length; t++) { x[t] = Wave(from + t); }
    if (!y.IsEmpty) { y[0] = Wave(from + x.Length); }
}

static float Wave(int row) => MathF.Sin(0.3f * row) + (0.5f * MathF.Sin(0.05f * row));
