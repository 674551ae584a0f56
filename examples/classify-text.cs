#:project ../src/Engram/Engram.csproj

// Which of these letters are complaints? Trains a classifier of texts on a small corpus that is made here, says how good it is on letters that it has not seen,
// beside always answering the most frequent class, and asks it. Arguments, optional: a CSV file with a column of texts and one of labels, and one to test on.
using Engram.Classification;

LabelledTexts train = args.Length > 0 ? LabelledTexts.ReadCsv(args[0]) : Letters(240, new Random(1));
LabelledTexts test = args.Length > 1 ? LabelledTexts.ReadCsv(args[1]) : Letters(120, new Random(2));
TextClassifierOptions options = args.Length > 0 ? new() { Seed = 1 } : new() { Units = 16, VectorLength = 16, Networks = 3, Epochs = 12, Seed = 1 };
TextClassifier classifier = TextClassifier.Train(train, options);

ClassifierEvaluation evaluation = classifier.Evaluate(test);
Console.WriteLine($"{train.Count} letters to learn from, {test.Count} to test on, classes {string.Join(", ", classifier.Classes)}");
for (int k = 0; k < classifier.Classes.Count; k++)
{
    Console.WriteLine($"{classifier.Classes[k],-10} precision {evaluation.Confusion.Precision(k):0.000}, recall {evaluation.Confusion.Recall(k):0.000}, F1 {evaluation.Confusion.F1(k):0.000}");
}

Console.WriteLine($"accuracy {evaluation.Accuracy:P1}; always answering {evaluation.MajorityClass}: {evaluation.MajorityAccuracy:P1}");
Console.WriteLine($"calibration error {evaluation.Uncalibrated.ExpectedError:0.000} before, {evaluation.Calibration.ExpectedError:0.000} after, temperature {classifier.Temperature:0.00}");
foreach (string letter in (string[])["the parcel came late and the box was broken", "many thanks, the lamp is lovely", "der Brief ist auf Deutsch"])
{
    TextPrediction answer = classifier.Predict(letter);
    string caution = answer.KnownWords == 0 ? "; it knows none of these words" : "";
    Console.WriteLine($"{letter}: {answer.Class}, {answer.Confidence:P0} sure{caution}");
}

classifier.Save(Path.Combine(Path.GetTempPath(), "letters.keras")); // for engram classify predict, engram run and Keras

// Letters of two or three clauses; in one of twelve the label is wrong, as people make mistakes.
static LabelledTexts Letters(int count, Random random)
{
    string[] things = ["the lamp", "the parcel", "the box", "the chair", "your answer", "the bill"];
    string[] bad = ["came late", "was broken", "is missing", "was wrong", "does not work"], good = ["is lovely", "came early", "works well", "was a surprise", "suits us"];
    string[] polite = ["dear all,", "hello,", "many thanks,", "please note,", "as you know,"];
    var texts = new string[count];
    var labels = new string[count];
    for (int i = 0; i < count; i++)
    {
        bool complains = i % 5 < 2;
        string[] clauses = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"{things[random.Next(things.Length)]} {(complains ? bad : good)[random.Next(bad.Length)]}")];
        texts[i] = $"{polite[random.Next(polite.Length)]} {string.Join(" and ", clauses)}";
        labels[i] = complains == random.Next(12) > 0 ? "complaint" : "praise";
    }

    return new LabelledTexts(texts, labels);
}
