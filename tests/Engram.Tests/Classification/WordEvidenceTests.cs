using System.Numerics.Tensors;
using Engram.Classification;
using Engram.Layers;

namespace Engram.Tests.Classification;

public sealed class WordEvidenceTests
{
    [Fact]
    public void Evidence_is_the_mean_of_the_words_log_ratios()
    {
        // Tokens 4 to 6; a token counts once in a text.
        float[][] texts = [[4, 4, 5], [5], [6, 5], [6, 1]];
        int[] targets = [0, 0, 1, 1];
        const int Vocabulary = 7;
        var model = WordEvidence.Create(new Input([Shape.Unknown]), Vocabulary, 2, texts, targets);
        Assert.Empty(model.TrainableWeights);

        double total0 = 3 + Vocabulary, total1 = 4 + Vocabulary; // {4, 5}, {5} and {6, 5}, {6, 1}
        double Ratio(double count0, double count1) => (Math.Log((1 + count0) / total0) - Math.Log((1 + count1) / total1)) / 2;
        double r4 = Ratio(1, 0), r5 = Ratio(2, 1), r6 = Ratio(0, 2);

        Tensor<float> output = model.Predict(new float[,] { { 4, 5, 0 }, { 6, 1, 5 } });
        Assert.Equal((r4 + r5) / 2, output[0, 0], 5);
        Assert.Equal(-(r4 + r5) / 2, output[0, 1], 5);
        Assert.Equal((r6 + r5) / 3, output[1, 0], 5); // an unknown word says nothing, but it is a word
    }
}
