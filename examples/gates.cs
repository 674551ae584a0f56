#:project ../src/Engram/Engram.csproj
#:project ../src/Engram.Charts/Engram.Charts.csproj

// What happens inside an LSTM while it reads? Sentences name several things, and "keep" stands before the one that is asked for at the end. The
// network learns to answer; then every gate is looked at: what is forgotten, on which words the answer rests, and which unit remembers.
using Engram.Charts;
using Engram.Inspection;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

const int Length = 12;
string[] vocabulary = ["", "keep", "and", "then", "also", "the", "cup", "key", "hat", "map", "pen", "jar"];
const int FirstThing = 6;

var (x, y) = Sentences(4000, seed: 1);
var model = new Sequential(
    new Input([Length]), new Embedding(vocabulary.Length, 8), new Lstm(16) { Name = "lstm" },
    new Dense(vocabulary.Length) { Activation = Activations.Softmax }) { Seed = 1 };
model.Compile(new Adam(0.01), Loss.SparseCategoricalCrossentropy(), Metrics.SparseCategoricalAccuracy());
model.Fit(x, y, new FitOptions { Epochs = 15, BatchSize = 64 });
var (newX, newY) = Sentences(500, seed: 2);
Console.WriteLine($"right answers to new sentences: {model.Evaluate(newX, newY)["sparse_categorical_accuracy"]:0.0 %}");

// Every gate at every step of one sentence.
float[,] sentence = Encode("and the cup then the hat keep the pen also the key");
string[] words = Decode(sentence);
GateTrace trace = model.Trace(sentence);
LayerTrace lstm = trace["lstm"];
Console.WriteLine(lstm);

// On which words does the answer rest? Compared with a sentence in which nothing is said to be kept.
float[,] nothing = Encode("and the cup then the hat and the jar also the key");
Attribution why = Attribution.IntegratedGradients(model, sentence, new AttributionOptions { Baseline = nothing })[0];
Console.WriteLine($"answer: {vocabulary[why.Unit]}, because of: {string.Join(", ", why.Steps.Index().OrderByDescending(step => step.Item).Take(2).Select(step => words[step.Index]))}");
Console.WriteLine($"the words' shares sum to {why.Sum:0.00}, the difference in output is {why.Output - why.BaselineOutput:0.00}");

// How long do units remember, and how much of the time are the forget gates open?
LayerTrace many = model.Trace(newX)["lstm"];
GateSaturation saturation = GateSaturation.Measure(many.ForgetGate);
MemorySpan span = MemorySpan.Measure(many);
Console.WriteLine($"forget gates: below 0.1 for {saturation.MeanLeft:0 %} of the time, above 0.9 for {saturation.MeanRight:0 %}");
Console.WriteLine($"units whose memory outlasts the sentence: {span.Units.Count(double.IsInfinity)} of {many.Units}");

// Which unit knows that the thing to keep has been named?
var named = new double[newX.GetLength(0), Length];
for (int row = 0; row < newX.GetLength(0); row++)
{
    for (int t = 2; t < Length; t++) { named[row, t] = newX[row, t - 2] == 1 ? 1 : named[row, t - 1]; }
}

UnitCorrelation best = UnitCorrelation.Rank(many.CellState, named)[0];
Console.WriteLine($"unit {best.Unit} goes with it most: r = {best.Correlation:0.00}");

new ColoredText(words, lstm.CellState.Unit(0, best.Unit)) { Title = $"Cell state of unit {best.Unit}" }.Save("unit.svg", 640, 120);
trace.Save("gates.csv");

(float[,], float[]) Sentences(int count, int seed)
{
    var random = new Random(seed);
    var (tokens, answers) = (new float[count, Length], new float[count]);
    for (int row = 0; row < count; row++)
    {
        int kept = random.Next(Length / 3); // sentences are made of groups of three words, the last of which is a thing
        for (int group = 0; group < Length / 3; group++)
        {
            int thing = random.Next(FirstThing, vocabulary.Length);
            tokens[row, 3 * group] = group == kept ? 1 : random.Next(2, 5);
            tokens[row, (3 * group) + 1] = 5;
            tokens[row, (3 * group) + 2] = thing;
            if (group == kept) { answers[row] = thing; }
        }
    }

    return (tokens, answers);
}

float[,] Encode(string text)
{
    string[] split = text.Split(' ');
    var tokens = new float[1, Length];
    for (int t = 0; t < Length; t++) { tokens[0, t] = Array.IndexOf(vocabulary, split[t]); }
    return tokens;
}

string[] Decode(float[,] tokens) => [.. Enumerable.Range(0, Length).Select(t => vocabulary[(int)tokens[0, t]])];
