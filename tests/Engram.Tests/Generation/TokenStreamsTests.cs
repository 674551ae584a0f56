using Engram.Data;
using Engram.Generation;

namespace Engram.Tests.Generation;

public class TokenStreamsTests
{
    [Fact]
    public void Streams_go_on_where_they_stopped_and_around_the_text()
    {
        int[] tokens = [.. Enumerable.Range(100, 23)];
        using Feed feed = Open(TokenStreams.Around(tokens, rows: 3, steps: 4));
        int[] first = [0, 7, 15];
        for (int batch = 0; batch < 9; batch++)
        {
            if (batch % 2 == 0) { feed.BeginEpoch(null); } // the text has no end, so an epoch has no beginning
            FeedBatch read = feed.Next()!;
            Assert.Equal([3, 4], read.Inputs[0].Axes.ToArray());
            for (int row = 0; row < 3; row++)
            {
                for (int t = 0; t < 4; t++)
                {
                    int at = first[row] + (batch * 4) + t;
                    Assert.Equal(tokens[at % 23], read.Inputs[0].Span[(row * 4) + t]);
                    Assert.Equal(tokens[(at + 1) % 23], read.Targets[0].Span[(row * 4) + t]);
                }
            }
        }
    }

    [Theory]
    [InlineData(40, 30, 4, 5, 6)]
    [InlineData(40, 30, 7, 3, 100)] // more context than there is
    [InlineData(41, 39, 16, 8, 4)] // more rows than tokens
    [InlineData(300, 1, 5, 16, 32)]
    public void Each_held_out_token_counts_once_with_its_context(int count, int from, int rows, int steps, int context)
    {
        int[] tokens = [.. Enumerable.Range(0, count)];
        using Feed feed = Open(TokenStreams.Behind(tokens, from, rows, steps, context));
        for (int pass = 0; pass < 2; pass++)
        {
            var weights = new double[count];
            var before = new Dictionary<int, int>(); // the first token that a row reads
            int batches = 0, elements = 0;
            feed.BeginEpoch(null);
            for (; feed.Next() is { } read; batches++)
            {
                elements += read.Inputs[0].Length;
                for (int i = 0; i < read.Inputs[0].Length; i++)
                {
                    int row = i / steps;
                    before.TryAdd(row, (int)read.Inputs[0].Span[i]);
                    float weight = read.Weights(0)[i];
                    if (weight == 0) { continue; }
                    int target = (int)read.Targets[0].Span[i];
                    Assert.Equal(target - 1, read.Inputs[0].Span[i]);
                    Assert.True(target - before[row] >= Math.Min(context, from), $"{target} behind {before[row]}");
                    weights[target] += weight;
                }
            }

            Assert.Equal(feed.BatchCount, batches);
            double each = (double)elements / (count - from);
            for (int i = 0; i < count; i++) { Assert.Equal(i < from ? 0 : each, weights[i], 1e-4); }
        }
    }

    private static Feed Open(IDataset data) => data.CreateFeed(new FeedRequest { InputNames = ["x"], TargetNames = ["y"] });
}
