using Engram.Data;
using Engram.Inspection;

namespace Engram.Models;

public abstract partial class Network
{
    /// <summary>
    /// Predicts, and returns what every gate and state of every recurrent layer was on the way. All sequences are one batch, so memory is
    /// that of a training step on them. The states of stateful layers go on, as in <see cref="Predict(NumericArrays, int)"/>.
    /// </summary>
    /// <param name="x">The inputs: (rows, timeSteps, features), or what the model takes; several in order or by name.</param>
    /// <returns>The trace; its rows are those of <paramref name="x"/>.</returns>
    /// <exception cref="EngramException">The model has no recurrent layer, shapes do not fit, or a number is not finite.</exception>
    public GateTrace Trace(NumericArrays x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return Trace(new ArrayDataset(x));
    }

    /// <summary>
    /// As <see cref="Trace(NumericArrays)"/>, for sequences of different lengths: shorter ones are padded, and the trace tells which steps are data.
    /// </summary>
    /// <param name="data">The sequences; targets are not read.</param>
    /// <returns>The trace; its rows are the sequences, its steps as many as the longest has.</returns>
    /// <exception cref="EngramException">The model has no recurrent layer, shapes do not fit, or a number is not finite.</exception>
    public GateTrace Trace(RaggedSequences data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Trace((IDataset)data);
    }

    /// <summary>Builds the model for the data and does something with all of them as one batch.</summary>
    internal T WithBatch<T>(NumericArrays x, Func<FeedBatch, T> use) => WithBatch(new ArrayDataset(x), use);

    private GateTrace Trace(IDataset data) => WithBatch(data, batch =>
    {
        var pass = new GraphPass(Graph);
        pass.Forward(batch.Inputs, batch.Masks, training: false, keepForBackward: true, default);
        return TraceReader.Read(this, pass.Calls, batch.Samples);
    });

    private T WithBatch<T>(IDataset data, Func<FeedBatch, T> use)
    {
        using Feed feed = data.CreateFeed(new FeedRequest { BatchSize = Math.Max(1, data.SampleCount!.Value), InputNames = InputNames });
        BuildFor(feed);
        feed.BeginEpoch(null);
        return use(feed.Next() ?? throw new EngramException("There are no samples; at least one is needed."));
    }
}
