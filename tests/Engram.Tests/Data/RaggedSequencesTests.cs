using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Data;

/// <summary>Padding changes no result: not that of a prediction, not that of training.</summary>
public sealed class RaggedSequencesTests
{
    [Theory]
    [InlineData(SequenceEnd.Post)]
    [InlineData(SequenceEnd.Pre)]
    public void Predictions_of_a_list_are_those_of_each_sequence_alone(SequenceEnd padding)
    {
        float[][,] x = Sequences(23, 3);
        foreach (Network model in new Network[] { Steps(), Bidirectional(), Last() })
        {
            IReadOnlyList<System.Numerics.Tensors.Tensor<float>> each = model.PredictEach(new RaggedSequences(x) { Padding = padding }, batchSize: 6);
            for (int i = 0; i < x.Length; i++)
            {
                float[] alone = model.Predict(Alone(x[i])).ToArray();
                float[] ours = each[i].ToArray();
                Assert.Equal(alone.Length, ours.Length);
                for (int k = 0; k < alone.Length; k++) { Assert.True(Math.Abs(alone[k] - ours[k]) <= 1e-6f, $"sequence {i} [{k}]: alone {alone[k]}, in the list {ours[k]}"); }
            }
        }
    }

    [Fact]
    public void Tokens_become_sequences_that_may_lose_their_end()
    {
        int[][] tokens = [[4, 5, 6], [7], [8, 9, 10, 11]];
        RaggedSequences all = RaggedSequences.FromTokens(tokens), cut = RaggedSequences.FromTokens(tokens, new float[] { 0, 1, 0 }, maxLength: 2);
        Assert.Equal([3, 1, 4], all.Lengths);
        Assert.Equal([2, 1, 2], cut.Lengths);
        Assert.Equal((0, 2), (all.Truncated, cut.Truncated));
        Assert.Contains("Token 1 of sequence 0 is -1", Assert.Throws<EngramException>(() => RaggedSequences.FromTokens([[4, -1]])).Message, StringComparison.Ordinal);
        Assert.Contains("Sequence 1 has no steps", Assert.Throws<EngramException>(() => RaggedSequences.FromTokens([[4], []])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => RaggedSequences.FromTokens(tokens, maxLength: 0));
    }

    [Fact]
    public void Training_is_the_same_for_any_padding()
    {
        float[][,] x = Sequences(23, 3), steps = Sequences(23, 2, offset: 50);
        float[,] y = new float[23, 1];
        for (int i = 0; i < 23; i++) { y[i, 0] = MathF.Sin(i); }
        int longest = x.Max(sequence => sequence.GetLength(0));
        foreach ((Func<Network> create, bool each) in new (Func<Network>, bool)[] { (Steps, true), (Bidirectional, true), (Last, false) })
        {
            float[] Train(Func<RaggedSequences>? data, int extra = 0)
            {
                Network model = create();
                model.Compile(new Sgd(0.2), Loss.MeanSquaredError);
                var options = new FitOptions { Epochs = 4, BatchSize = 23, Shuffle = false };
                if (data is not null) { model.Fit(data(), options); }
                else
                {
                    // By hand: filled up behind with a value that a masking layer knows, targets with nonsense.
                    var input = new Input(Shape.Unknown, 3);
                    var padded = new Model([input], [model.Apply(new Masking(-9).Apply(input))]);
                    model.BuildFor([new Shape(Shape.Unknown, Shape.Unknown, 3)]);
                    padded.Compile(new Sgd(0.2), Loss.MeanSquaredError);
                    NumericArray hand = Engram.Data.Sequences.Pad(x, longest + extra, SequenceEnd.Post, value: -9);
                    NumericArray target = each ? Engram.Data.Sequences.Pad(steps, longest + extra, SequenceEnd.Post, value: 7f) : y;
                    padded.Fit(hand, target, options);
                }

                return [.. model.Weights.SelectMany(weight => weight.Value.Span.ToArray())];
            }

            RaggedSequences List(SequenceEnd padding) => each ? new RaggedSequences(x, steps) { Padding = padding } : new RaggedSequences(x, y) { Padding = padding };
            float[] post = Train(() => List(SequenceEnd.Post));
            Close(post, Train(() => List(SequenceEnd.Pre)));
            Close(post, Train(null));
            Close(post, Train(null, extra: 5));
        }
    }

    [Fact]
    public void Like_lengths_share_a_batch_and_every_sequence_is_seen_once()
    {
        float[][,] x = [.. Enumerable.Range(0, 41).Select(i => Filled(1 + (i * 7 % 11), i))];
        var data = new RaggedSequences(x, new float[41]);
        using Feed feed = ((IDataset)data).CreateFeed(new FeedRequest { BatchSize = 5, InputNames = ["x"], TargetNames = ["y"] });
        foreach (RandomKey? order in new RandomKey?[] { null, new RandomKey(3), new RandomKey(4) })
        {
            feed.BeginEpoch(order);
            var seen = new List<float>();
            int padding = 0, batches = 0;
            while (feed.Next() is { } batch)
            {
                batches++;
                for (int row = 0; row < batch.Rows; row++)
                {
                    int length = Enumerable.Range(0, batch.Inputs[0][1]).Count(t => batch.Masks[0]?[row, t] != false);
                    padding += batch.Inputs[0][1] - length;
                    seen.Add(batch.Inputs[0].Span[row * batch.Inputs[0][1]]);
                }
            }

            Assert.Equal(9, batches);
            Assert.Equal(Enumerable.Range(0, 41).Select(i => (float)i), seen.Order());
            Assert.True(padding <= 40, $"{padding} padded steps"); // unsorted it would be about 200
            if (order is not null) { Assert.NotEqual(seen.Order(), seen); }
        }
    }

    [Fact]
    public void Tokens_may_be_a_list_too()
    {
        float[][] tokens = [[1, 2, 3, 4], [2], [3, 1]];
        var model = new Sequential(new Embedding(5, 3), new Lstm(4), new Dense(1)) { Seed = 3 };
        IReadOnlyList<System.Numerics.Tensors.Tensor<float>> each = model.PredictEach(new RaggedSequences(tokens));
        for (int i = 0; i < 3; i++)
        {
            float alone = model.Predict(NumericArray.Create(tokens[i], 1, tokens[i].Length))[0, 0];
            Assert.Equal(alone, each[i][0], 1e-6f);
        }

        model.Compile(new Adam(), Loss.MeanSquaredError);
        History history = model.Fit(new RaggedSequences(tokens, new float[3]), new FitOptions { Epochs = 2 });
        Assert.Empty(history.Messages);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Refused("Sequence 1 has 2 features, sequence 0 has 3.", () => _ = new RaggedSequences([new float[2, 3], new float[4, 2]]));
        Refused("Sequence 1 has no steps; at least one is needed.", () => _ = new RaggedSequences([new float[2, 3], new float[0, 3]]));
        Refused("There are 2 sequences and 3 targets; there must be one target for each sequence.", () => _ = new RaggedSequences([new float[2, 3], new float[4, 3]], new float[3]));
        Refused("Sequence 1 has 4 steps and targets for 3; there must be one for each step.",
            () => _ = new RaggedSequences([new float[2, 3], new float[4, 3]], [new float[2, 1], new float[3, 1]]));
        Refused("There are no sequences; at least one is needed.", () => _ = new RaggedSequences(Array.Empty<float[,]>()));
        Assert.Contains("predict sequences of different lengths as a list",
            Assert.Throws<EngramException>(() => Steps().Predict(new RaggedSequences(Sequences(9, 3)), 2)).Message, StringComparison.Ordinal);
    }

    private static Sequential Steps() => new Sequential(new Lstm(5) { ReturnSequences = true }, new Gru(4) { ReturnSequences = true }, new Dense(2)) { Seed = 11 };

    private static Sequential Bidirectional() =>
        new Sequential(new Bidirectional(new Lstm(3) { ReturnSequences = true }), new TimeDistributed(new Dense(2))) { Seed = 12 };

    private static Sequential Last() => new Sequential(new SimpleRnn(5) { ReturnSequences = true }, new Bidirectional(new Gru(3)), new Dense(1)) { Seed = 13 };

    private static float[][,] Sequences(int count, int features, int offset = 0) => [.. Enumerable.Range(0, count).Select(i =>
    {
        var values = new float[1 + (i * 5 % 9), features];
        for (int t = 0; t < values.GetLength(0); t++)
        {
            for (int f = 0; f < features; f++) { values[t, f] = MathF.Sin(offset + (i * 31) + (t * 7) + f); }
        }

        return values;
    })];

    private static float[,] Filled(int length, float value)
    {
        var values = new float[length, 1];
        for (int t = 0; t < length; t++) { values[t, 0] = value; }
        return values;
    }

    private static NumericArray Alone(float[,] sequence)
    {
        NumericArray values = sequence;
        return NumericArray.Create(values.Span.ToArray(), 1, sequence.GetLength(0), sequence.GetLength(1));
    }

    private static void Close(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) { Assert.True(Math.Abs(expected[i] - actual[i]) <= 2e-5f, $"weight {i}: {expected[i]} and {actual[i]}"); }
    }

    private static void Refused(string message, Action action) => Assert.Equal(message, Assert.Throws<EngramException>(action).Message);
}
