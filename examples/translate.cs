#:project ../src/Engram/Engram.csproj

// A translator in seconds: German number words, read out from the last to the first, in English. The pairs are made here; with two text files of real sentences
// the same lines learn a language (SentencePairs.Read). What it prints at the end is where the model looked for each word: from the right to the left.
// Arguments, both optional: the seed, and how many pairs there are to learn from.
using Engram.Evaluation;
using Engram.Translation;

int seed = args.Length > 0 ? int.Parse(args[0]) : 1;
int count = args.Length > 1 ? int.Parse(args[1]) : 1500;

string[] german = ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"];
string[] english = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
var random = new Random(seed);
SentencePairs training = Pairs(count), validation = Pairs(100), test = Pairs(100);

var options = new TranslationOptions { Units = 32, Embedding = 16, Epochs = 15, LearningRate = 0.01, BatchSize = 32, Dropout = 0, Seed = seed };
Translator translator = Translator.Train(training, options, validation);
TranslationEpoch last = translator.Epochs[^1];
Console.WriteLine($"{last.Epoch} epochs in {last.Seconds:0.0} s, validation perplexity {last.ValidationPerplexity:0.000}");

IReadOnlyList<TranslatedText> translated = translator.Translate(test.Source, new DecodingOptions { Beam = 4 });
double bleu = Bleu.Of([.. translated.Select(text => text.Text)], test.Target, new BleuOptions { Tokenization = BleuTokenization.None }).Score;
int right = translated.Zip(test.Target).Count(pair => pair.First.Text == pair.Second);
Console.WriteLine($"{right} of {test.Count} sentences right, BLEU {bleu:0.0}");

TranslatedText example = translator.Translate("vier sechs null neun");
Console.WriteLine($"{example.Source} -> {example}");
for (int i = 0; i < example.Words.Count; i++)
{
    int looked = Enumerable.Range(0, example.SourceWords.Count).MaxBy(k => example.Attention[i, k]);
    Console.WriteLine($"  {example.Words[i],-6} {new string('█', (int)(20 * example.Attention[i, looked])),-20} {example.SourceWords[looked]}");
}

SentencePairs Pairs(int pairs)
{
    List<string> source = [], target = [];
    for (int i = 0; i < pairs; i++)
    {
        int[] numbers = [.. Enumerable.Range(0, random.Next(1, 7)).Select(_ => random.Next(10))];
        source.Add(string.Join(' ', numbers.Select(number => german[number])));
        target.Add(string.Join(' ', numbers.Reverse().Select(number => english[number])));
    }

    return new SentencePairs(source, target);
}
