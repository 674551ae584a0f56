using System.Numerics.Tensors;
using Engram.Data;
using Engram.Kernels;

namespace Engram.Inference;

/// <summary>Predicts whole sequences by the stages of a session, so that the outputs are those of a session to the last bit.</summary>
internal sealed class StepwisePredictor
{
    // Rows that run through the whole sequence on one core, where the weights are small enough for its cache.
    private const int ShardRows = 16;
    private const long WideBytes = 1 << 20;

    private readonly SessionStage[] stages;
    private readonly int features;
    private readonly bool eachStep;
    private readonly bool numbers; // samples are sequences of numbers for an embedding, without an axis of features
    private readonly long operationsPerStep;

    /// <summary>Creates the predictor.</summary>
    /// <param name="stages">The stages.</param>
    /// <param name="features">The width of a step's input.</param>
    /// <param name="eachStep">Whether the output has every step or the last only.</param>
    /// <param name="numbers">Whether a sample is a sequence of numbers, without an axis of features.</param>
    public StepwisePredictor(SessionStage[] stages, int features, bool eachStep, bool numbers)
    {
        (this.stages, this.features, this.eachStep, this.numbers) = (stages, features, eachStep, numbers);
        operationsPerStep = stages.Sum(stage => stage.WeightCount);
    }

    /// <summary>A session on the same weights.</summary>
    public LstmSession OpenSession(int rows) => new(stages, features, rows);

    /// <summary>The outputs of a source of samples, (samples, timeSteps, features) or (samples, features).</summary>
    public Tensor<float> Predict(ISampleSource samples, int batchSize)
    {
        IReadOnlyList<int> axes = samples.InputAxes;
        if (numbers ? axes.Count != 1 : axes.Count is not (1 or 2) || axes[^1] != features)
        {
            if (numbers) { throw new EngramException($"Expected samples of shape (timeSteps), got {Shape.Format([.. axes])}."); }
            throw new EngramException(
                $"Expected samples of shape (timeSteps, features={features}) or ({features}), got {Shape.Format([.. axes])}.");
        }

        int timeSteps = numbers || axes.Count == 2 ? axes[0] : 1;
        if (timeSteps == 0) { throw new EngramException("Expected at least one time step, got none."); }
        int outputs = stages.Length == 0 ? features : stages[^1].Outputs;
        int perSample = checked((eachStep ? timeSteps : 1) * outputs);
        var values = new float[checked(perSample * samples.Count)];
        using Feed feed = ((IDataset)samples).CreateFeed(new FeedRequest { BatchSize = batchSize, InputNames = ["x"] });
        feed.BeginEpoch(null);
        for (int first = 0; feed.Next() is { } read; first += read.Rows)
        {
            Batch batch = new(this, read.Inputs[0], timeSteps, outputs, values.AsMemory(first * perSample));
            Workers.Run(batch, batch.Shards, operationsPerStep * timeSteps * read.Rows);
        }

        nint[] lengths = eachStep ? [samples.Count, timeSteps, outputs] : [samples.Count, outputs];
        return Tensor.Create(values, lengths);
    }

    private sealed class Batch(StepwisePredictor predictor, TensorBuffer x, int timeSteps, int outputs, Memory<float> values) : IShardWork
    {
        private readonly int rows = x[0];
        private readonly int shardRows = predictor.operationsPerStep * sizeof(float) > WideBytes ? x[0] : ShardRows;

        public int Shards => (rows + shardRows - 1) / shardRows;

        void IShardWork.Run(int shard)
        {
            int first = shard * shardRows;
            int count = Math.Min(shardRows, rows - first);
            using LstmSession session = predictor.OpenSession(count);
            int features = session.InputWidth;
            var input = new float[count * features];
            var output = new float[count * outputs];
            int steps = predictor.eachStep ? timeSteps : 1;
            for (int t = 0; t < timeSteps; t++)
            {
                for (int row = 0; row < count; row++)
                {
                    x.Span.Slice((((first + row) * timeSteps) + t) * features, features).CopyTo(input.AsSpan(row * features));
                }

                session.Step(input, output);
                int step = t - timeSteps + steps;
                for (int row = 0; row < count && step >= 0; row++)
                {
                    output.AsSpan(row * outputs, outputs).CopyTo(values.Span[((((first + row) * steps) + step) * outputs)..]);
                }
            }
        }
    }
}
