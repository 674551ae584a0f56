using System.Numerics.Tensors;
using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;
using Xunit.Abstractions;

namespace Engram.Tests.Data;

public sealed class LabelledSequencesTests(ITestOutputHelper output)
{
    private const string Header = """
        # A comment.
        @problemName Vowels
        @timeStamps false
        @missing false
        @univariate false
        @dimensions 2
        @equalLength false
        @classLabel true low high
        @data

        """; // ten lines with the case that follows on the tenth

    [Fact]
    public void Cases_of_different_lengths_are_read_with_their_classes()
    {
        var read = LabelledSequences.ParseTs(Header + "1, 2.5,-3e1:4,5,6:high\n% another comment\n\n7:8:low\r\n", "a.ts");
        Assert.Equal(2, read.Count);
        Assert.Equal(2, read.Features);
        Assert.Equal(["low", "high"], read.Classes);
        Assert.Equal([1f, 0f], read.Targets);
        Assert.Equal(new float[,] { { 1, 4 }, { 2.5f, 5 }, { -30, 6 } }, read.Sequences[0]);
        Assert.Equal(new float[,] { { 7, 8 } }, read.Sequences[1]);
    }

    [Fact]
    public void A_test_file_takes_the_numbers_of_the_training_file()
    {
        var read = LabelledSequences.ParseTs(Header + "1:2:high\n", "a.ts", ["high", "middle", "low"]);
        Assert.Equal(["high", "middle", "low"], read.Classes);
        Assert.Equal([0f], read.Targets);
    }

    [Fact]
    public void Numbers_to_predict_and_cases_without_any_are_read()
    {
        Assert.Equal([2.5f, -1f], LabelledSequences.ParseTs("@univariate true\n@targetLabel true\n@data\n1,2:2.5\n3:-1\n", "a.ts").Targets);
        var bare = LabelledSequences.ParseTs("@classLabel false\n@DATA\n1,2:3,4\n", "a.ts");
        Assert.Empty(bare.Targets);
        Assert.Empty(bare.Classes);
        Assert.Equal(new float[,] { { 1, 3 }, { 2, 4 } }, bare.Sequences[0]);
    }

    [Theory]
    [InlineData(MissingValues.Interpolate, new float[] { 1, 2, 3, 4 })]
    [InlineData(MissingValues.Previous, new float[] { 1, 1, 1, 4 })]
    [InlineData(MissingValues.Zero, new float[] { 1, 0, 0, 4 })]
    public void Missing_values_are_filled_in_as_asked(MissingValues missing, float[] expected)
    {
        var read = LabelledSequences.ParseTs("@classLabel true a\n@data\n1,?,NaN,4:a\n", "a.ts", missing: missing);
        Assert.Equal(expected, read.Sequences[0].Cast<float>());
    }

    [Theory]
    [InlineData("1,2:3,4,5:low", "line 10, column 5: dimension 2 has 3 steps, dimension 1 has 2; the dimensions of a case must be equally long.")]
    [InlineData("1,2:low", "line 10, column 1: the case has 1 dimensions, expected 2.")]
    [InlineData("1,2", "line 10, column 3: the case ends without a colon and its class.")]
    [InlineData("1,x2:3,4:low", "line 10, column 3: 'x2' is not a number.")]
    [InlineData("1,:3,4:low", "line 10, column 3: there is no value; a missing one is written ?.")]
    [InlineData("1,1e99:3,4:low", "line 10, column 3: '1e99' is not a number.")]
    [InlineData("1,2:?,4:low", "line 10, column 5: a value is missing; say with MissingValues what becomes of it.")]
    [InlineData("1,2:3,4:loud", "line 10, column 9: the class 'loud' is none of low, high.")]
    public void A_damaged_case_is_an_error_with_line_and_column(string text, string message) =>
        Assert.Equal("a.ts, " + message, Assert.Throws<EngramException>(() => LabelledSequences.ParseTs(Header + text, "a.ts")).Message);

    [Theory]
    [InlineData("@timeStamps true\n", "line 1, column 1: the cases have time stamps, which are not read; write the values alone, at equal distances.")]
    [InlineData("@classLabel true\n", "line 1, column 1: @classLabel true is followed by the names of the classes, here by none.")]
    [InlineData("@classLabel yes\n", "line 1, column 1: @classLabel is followed by true or false, here by 'yes'.")]
    [InlineData("\n@dimensions\n", "line 2, column 1: @dimensions is followed by a whole number from 1, here by nothing.")]
    [InlineData("@classes 3\n", "line 1, column 1: '@classes' is not known;")]
    [InlineData("1,2:3\n", "line 1, column 1: expected a line that begins with @ or #, or @data before the first case, got '1,2:3'.")]
    [InlineData("@equalLength true\n@data\n1,2\n3\n", "line 4, column 1: the case has 1 steps, expected 2, since the header says that all are equally long.")]
    [InlineData("@targetLabel true\n@data\n1:x\n", "line 3, column 3: 'x' is not a number to predict.")]
    public void A_damaged_file_is_an_error_that_says_where(string text, string message) =>
        Assert.StartsWith("a.ts, " + message, Assert.Throws<EngramException>(() => LabelledSequences.ParseTs(text, "a.ts")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("", "a.ts: there are no cases and there is no @data.")]
    [InlineData("@data\n", "a.ts: there are no cases after @data.")]
    public void A_file_without_cases_is_an_error(string text, string message) =>
        Assert.Equal(message, Assert.Throws<EngramException>(() => LabelledSequences.ParseTs(text, "a.ts")).Message);

    [Theory]
    [InlineData("?,2", MissingValues.Interpolate, "line 3, column 1: the first value")]
    [InlineData("?,2", MissingValues.Previous, "line 3, column 1: the first value")]
    [InlineData("1,?", MissingValues.Interpolate, "line 3, column 3: the last value")]
    public void A_missing_value_without_a_neighbour_is_not_invented(string values, MissingValues missing, string message) =>
        Assert.StartsWith("a.ts, " + message, Assert.Throws<EngramException>(() => LabelledSequences.ParseTs($"@classLabel true a\n@data\n{values}:a\n", "a.ts", missing: missing)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_confusion_matrix_counts_answers_by_class()
    {
        float[][,] x = [new float[2, 1], new float[3, 1], new float[1, 1], new float[2, 1]];
        var data = new LabelledSequences(x, ["b", "a", "c", "b"]);
        Assert.Equal(["a", "b", "c"], data.Classes);
        var answers = new float[,] { { 0.1f, 0.7f, 0.2f }, { 0.2f, 0.5f, 0.3f }, { 0, 0, 1 }, { 0.6f, 0.3f, 0.1f } };
        Assert.Equal(new[,] { { 0, 1, 0 }, { 1, 1, 0 }, { 0, 0, 1 } }, data.ConfusionMatrix(answers).ToArray());
        EngramException error = Assert.Throws<EngramException>(() => data.ConfusionMatrix(new float[4, 2]));
        Assert.Equal("Expected predictions of shape (4, 3) (samples, classes), got (4, 2).", error.Message);
        Assert.Equal("Sequence 2 is of class 'c', which is none of a, b.", Assert.Throws<EngramException>(() => new LabelledSequences(x, ["b", "a", "c", "b"], ["a", "b"])).Message);
    }

    [Fact]
    public void Normalization_learns_from_every_step_of_sequences_of_different_lengths()
    {
        float[][,] x = [new float[,] { { 1, 10 }, { 3, 10 } }, new float[,] { { 8, 40 } }];
        var scale = new Normalization();
        scale.Adapt(x);
        var model = new Sequential(new Input(Shape.Unknown, 2), scale);
        Tensor<float> scaled = model.PredictEach(new RaggedSequences(x))[0];
        double deviation = Math.Sqrt((9 + 1 + 16) / 3.0); // of 1, 3 and 8, whose mean is 4
        Assert.Equal(-3 / deviation, scaled[0, 0], 1e-6);
        Assert.Equal(-1 / deviation, scaled[1, 0], 1e-6);
        Assert.Equal(-10 / Math.Sqrt(200), scaled[0, 1], 1e-6);
    }

    // One network of the three that examples/classify-sequences.cs has vote, and fewer epochs: enough to see that it learns as it should.
    [Theory]
    [InlineData("JapaneseVowels", 0.96)]
    [InlineData("BasicMotions", 0.85)]
    public void Archives_of_sequences_are_learnt(string name, double least)
    {
        string folder = Path.GetFullPath(Path.Combine(Fixtures.Repository, "..", "shared", "data", "classify"));
        if (!File.Exists(Path.Combine(folder, $"{name}_TRAIN.ts")))
        {
            output.WriteLine($"Not run: there is no {name}_TRAIN.ts in shared/data/classify beside the repository.");
            return;
        }

        var train = LabelledSequences.ReadTs(Path.Combine(folder, $"{name}_TRAIN.ts"));
        var test = LabelledSequences.ReadTs(Path.Combine(folder, $"{name}_TEST.ts"), train.Classes);
        var scale = new Normalization();
        scale.Adapt(train.Sequences);
        const int Epochs = 40;
        var model = new Sequential(
            new Input(Shape.Unknown, train.Features), scale, new GaussianNoise(0.3f), new Bidirectional(new Gru(64)), new Dropout(0.5f),
            new Dense(train.Classes.Count) { Activation = Activations.Softmax })
        { Seed = 3 };
        model.Compile(new Adam { Schedule = new CosineDecay(0.003, Epochs * ((train.Count + 15) / 16)) }, Loss.SparseCategoricalCrossentropy(), Metrics.Accuracy());
        model.Fit(train, new FitOptions { Epochs = Epochs, BatchSize = 16 });
        double accuracy = model.Evaluate(test)["accuracy"];
        output.WriteLine($"{name}: accuracy {accuracy:P2} on {test.Count} sequences.");
        Assert.True(accuracy >= least, $"{name}: accuracy {accuracy:P2}.");
    }
}
