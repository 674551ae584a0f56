#:project ../src/Engram/Engram.csproj
#:project ../src/Engram.Cli/Engram.Cli.csproj

// Trains the small language model that `engram gates` shows when it is given none: it reads sentences of the everyday grammar word by word and
// guesses each next word. The sentences that it is tested on, and the textbook's, are none of those that it learns from. The same seed gives the same weights.
// Arguments, all optional: the file to write, the seed, the number of sentences, epochs, units.
using System.Diagnostics;
using Engram;
using Engram.Cli.Gates;
using Engram.Data;
using Engram.Inspection;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

string path = args.Length > 0 ? args[0] : "gates.keras";
int seed = args.Length > 1 ? int.Parse(args[1]) : 1;
int count = args.Length > 2 ? int.Parse(args[2]) : 30000;
int epochs = args.Length > 3 ? int.Parse(args[3]) : 10;
int units = args.Length > 4 ? int.Parse(args[4]) : 64;
const int BatchSize = 32;

long start = Stopwatch.GetTimestamp();
var held = new EverydayGrammar(seed + 1000).Take(2000).DistinctBy(sentence => sentence.Text).ToArray();
var kept = held.Select(sentence => sentence.Text).Append(EverydayGrammar.LoanSentence).ToHashSet();
string[] texts = [.. new EverydayGrammar(seed).Take(count).Select(sentence => sentence.Text).Where(text => !kept.Contains(text)).Distinct()];
WordTokenizer words = WordTokenizer.Train(texts);

// What is expected at each word is the next one, and [END] at the last. Some words go in as [UNK], so that the model learns what it is not to know
// a word, and rests its answer on more than one.
const double Hidden = 0.12;
var random = new Random(seed);
var x = new float[texts.Length][];
var y = new float[texts.Length][,];
for (int i = 0; i < texts.Length; i++)
{
    int[] tokens = words.Encode(texts[i]);
    x[i] = [.. tokens.Select(token => random.NextDouble() < Hidden ? Tokenizer.Unknown : token)];
    y[i] = new float[tokens.Length, 1];
    for (int t = 0; t < tokens.Length; t++) { y[i][t, 0] = t + 1 < tokens.Length ? tokens[t + 1] : Tokenizer.End; }
}

var model = new Sequential(
    new Input([Shape.Unknown]), new Embedding(words.Count, 32) { MaskZero = true }, new Lstm(units) { ReturnSequences = true },
    new Dense(words.Count) { Activation = Activations.Softmax }) { Seed = seed };
int steps = epochs * ((texts.Length + BatchSize - 1) / BatchSize);
model.Compile(new AdamW { Schedule = new CosineDecay(0.006, steps), WeightDecay = 0.1 }, Loss.SparseCategoricalCrossentropy());
History history = model.Fit(new RaggedSequences(x, y), new FitOptions { Epochs = epochs, BatchSize = BatchSize });
double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;

int right = Enumerable.Range(0, held.Length).Count(i => Guess(held[i].Beginning) == held[i].LastWord);
string loan = Guess(EverydayGrammar.LoanSentence[..EverydayGrammar.LoanSentence.LastIndexOf(' ')]);

// Without the optimizer's arrays a file is a third as large: the same layers once more, not compiled.
var bare = new Sequential([new Input([Shape.Unknown]), .. model.Layers]) { Seed = seed };
bare.Build();
bare.Save(path, new Dictionary<string, ReadOnlyMemory<byte>> { ["tokenizer.json"] = words.ToJson() });
Console.WriteLine($"{texts.Length} sentences, {words.Count} words, {units} units, loss {history.Loss[0]:0.000} to {history.Loss[^1]:0.000}");
Console.WriteLine($"last word right in {(double)right / held.Length:P1} of {held.Length} sentences that were held out; after the textbook's sentence: {loan}");
Console.WriteLine($"seed {seed}, {seconds:0} s, {path}");

string Guess(string beginning) => GateReport.OfText(model, words, beginning).Guesses![^1][0].Label;
