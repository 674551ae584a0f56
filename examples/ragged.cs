#:project ../src/Engram/Engram.csproj

// What do I do with sequences of different lengths? Give them as they are, in a list. Those of like length share a batch, the shorter ones are
// padded there, and a mask keeps the padding out of every state, loss and mean. The program shows it: neither the company a sequence
// keeps in its batch nor the end at which it is padded changes its answer.
using System.Numerics.Tensors;
using Engram;
using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

// Which of two symbols came more often? 200 sequences, 3 to 40 steps long.
var random = new Random(1);
var x = new List<float[,]>();
var y = new float[200];
for (int i = 0; i < 200; i++)
{
    var sequence = new float[random.Next(3, 41), 1]; // (timeSteps, features)
    int sum = 0;
    for (int t = 0; t < sequence.Length; t++) { sum += (int)(sequence[t, 0] = random.Next(2) == 0 ? -1 : 1); }
    y[i] = sum > 0 ? 1 : 0;
    x.Add(sequence);
}

var model = new Sequential(new Input(Shape.Unknown, features: 1), new Bidirectional(new Gru(12)), new Dense(1) { Activation = Activations.Sigmoid }) { Seed = 1 };
model.Compile(new Adam(0.01), Loss.BinaryCrossentropy(), Metrics.BinaryAccuracy());
History history = model.Fit(new RaggedSequences(x, y), new FitOptions { Epochs = 30, ValidationSplit = 0.2 });
Console.WriteLine($"accuracy {history["val_binary_accuracy"][^1]:P0} on sequences that it had not seen");

Tensor<float> together = model.Predict(new RaggedSequences(x)), atTheStart = model.Predict(new RaggedSequences(x) { Padding = SequenceEnd.Pre });
bool same = true;
for (int i = 0; i < x.Count; i++)
{
    float alone = model.Predict(new RaggedSequences([x[i]]))[0, 0];
    same &= together[i, 0] == alone && atTheStart[i, 0] == alone;
}

Console.WriteLine($"padding changes nothing, to the last bit: {same}");
