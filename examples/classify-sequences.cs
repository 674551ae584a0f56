#:project ../src/Engram/Engram.csproj

// Which class does a sequence belong to, when the sequences are of different lengths? Reads two files in the .ts format of the UEA archive, trains
// on the first, tests on the second, and says what always answering the most frequent class would have reached. Three networks that differ in
// their seed vote: each reads the sequence in both directions, standardised by the training file and with a little noise against learning by heart.
// Arguments: FILE_TRAIN.ts FILE_TEST.ts, then, optional, seed and epochs. Without files: waves of three shapes, 12 to 40 steps long.
using System.Diagnostics;
using System.Numerics.Tensors;
using Engram;
using Engram.Data;
using Engram.Evaluation;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

const int Networks = 3;
LabelledSequences train = args.Length > 1 ? LabelledSequences.ReadTs(args[0]) : Waves(150, new Random(1));
LabelledSequences test = args.Length > 1 ? LabelledSequences.ReadTs(args[1], train.Classes) : Waves(60, new Random(2));
long seed = args.Length > 2 ? long.Parse(args[2]) : 1;
int epochs = args.Length > 3 ? int.Parse(args[3]) : args.Length > 1 ? 60 : 20;
int classes = train.Classes.Count;

long start = Stopwatch.GetTimestamp();
var votes = new float[test.Count, classes];
for (int network = 0; network < Networks; network++)
{
    var scale = new Normalization();
    scale.Adapt(train.Sequences);
    var model = new Sequential(
        new Input(Shape.Unknown, train.Features), scale, new GaussianNoise(0.3f), new Bidirectional(new Gru(64)), new Dropout(0.5f),
        new Dense(classes) { Activation = Activations.Softmax }) { Seed = (seed * Networks) + network };
    const int BatchSize = 16;
    model.Compile(new Adam { Schedule = new CosineDecay(0.003, epochs * ((train.Count + BatchSize - 1) / BatchSize)) }, Loss.SparseCategoricalCrossentropy());
    model.Fit(train, new FitOptions { Epochs = epochs, BatchSize = BatchSize });
    Tensor<float> probabilities = model.Predict(test); // (samples, classes)
    for (int i = 0; i < votes.Length; i++) { votes[i / classes, i % classes] += probabilities[i / classes, i % classes] / Networks; }
}

ConfusionMatrix confusion = test.ConfusionMatrix(votes);
int frequent = (int)train.Targets.CountBy(k => k).MaxBy(group => group.Value).Key;
Console.WriteLine($"{train.Count} sequences to learn from, {test.Count} to test on, {train.Features} features, {train.Sequences.Min(x => x.GetLength(0))} to {train.Sequences.Max(x => x.GetLength(0))} steps");
Console.WriteLine($"rows: the class, columns on the right: the answer\n{confusion}");
Console.WriteLine($"always answering {train.Classes[frequent]}: {(double)confusion.Support(frequent) / confusion.Count:P1}");
Console.WriteLine($"seed {seed}, {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");

static LabelledSequences Waves(int count, Random random)
{
    string[] shapes = ["sine", "saw", "square"];
    var waves = new float[count][,];
    for (int i = 0; i < count; i++)
    {
        waves[i] = new float[random.Next(12, 41), 2]; // a wave, and noise beside it
        double phase = random.NextDouble(), speed = 0.08 + (0.04 * random.NextDouble());
        for (int t = 0; t < waves[i].GetLength(0); t++)
        {
            double turn = (phase + (speed * t)) % 1;
            double value = (i % 3) switch { 0 => Math.Sin(2 * Math.PI * turn), 1 => (2 * turn) - 1, _ => turn < 0.5 ? 1 : -1 };
            (waves[i][t, 0], waves[i][t, 1]) = ((float)(value + (0.1 * random.NextDouble())), random.NextSingle());
        }
    }

    return new LabelledSequences(waves, [.. waves.Select((_, i) => shapes[i % 3])], shapes);
}
