using Engram.Layers;

namespace Engram.Training;

/// <summary>What one layer's gradients and weights were like in an epoch.</summary>
/// <param name="GradientNorm">The mean over the batches of the Euclidean norm of all gradients of the layer, as the optimizer used them: clipped, with penalties.</param>
/// <param name="LargestGradientNorm">The largest of these norms.</param>
/// <param name="WeightNorm">The Euclidean norm of the trainable weights at the end of the epoch.</param>
/// <param name="WeightMean">The mean of their numbers.</param>
/// <param name="WeightDeviation">The standard deviation of their numbers.</param>
public readonly record struct LayerStatistics(double GradientNorm, double LargestGradientNorm, double WeightNorm, double WeightMean, double WeightDeviation);

/// <summary>
/// Measures the gradients and weights of each layer, epoch by epoch: gradients that shrink from layer to layer vanish, large ones explode. Layers
/// that are not trained are left out; those within a model are named with it, <c>encoder/lstm</c>.
/// </summary>
public sealed class GradientStatistics : Callback
{
    private readonly List<IReadOnlyDictionary<string, LayerStatistics>> epochs = [];
    private (string Name, Weight[] Weights, double Sum, double Largest)[] layers = [];
    private int batches;

    /// <summary>The statistics of each epoch by the layers' names, in the model's order.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, LayerStatistics>> Epochs => epochs;

    /// <inheritdoc/>
    public override void OnTrainBegin(TrainingRun run)
    {
        epochs.Clear();
        var found = new List<(string, Weight[], double, double)>();
        Collect(run.Layers, "", [.. run.TrainableWeights], found);
        layers = [.. found];
    }

    /// <inheritdoc/>
    public override void OnEpochBegin(TrainingRun run, int epoch)
    {
        batches = 0;
        for (int i = 0; i < layers.Length; i++) { (layers[i].Sum, layers[i].Largest) = (0, 0); }
    }

    /// <inheritdoc/>
    public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss)
    {
        batches++;
        for (int i = 0; i < layers.Length; i++)
        {
            double squares = 0;
            foreach (Weight weight in layers[i].Weights) { squares += OrderedSum.OfSquares(weight.Gradient.Span); }
            double norm = Math.Sqrt(squares);
            layers[i].Sum += norm;
            layers[i].Largest = Math.Max(layers[i].Largest, norm);
        }
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs)
    {
        var statistics = new Dictionary<string, LayerStatistics>();
        foreach ((string name, Weight[] weights, double sum, double largest) in layers)
        {
            double total = 0, squares = 0;
            long count = 0;
            foreach (Weight weight in weights)
            {
                foreach (float value in weight.Value.Span) { total += value; }
                squares += OrderedSum.OfSquares(weight.Value.Span);
                count += weight.Value.Length;
            }

            double mean = total / count;
            statistics[name] = new LayerStatistics(sum / batches, largest, Math.Sqrt(squares), mean, Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean))));
        }

        epochs.Add(statistics);
    }

    /// <inheritdoc/>
    public override void SaveState(TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.SetInteger("batches", batches);
        foreach ((string name, _, double sum, double largest) in layers)
        {
            state.SetDoubles($"running/{name}", [sum, largest]);
            state.SetDoubles($"epochs/{name}", [.. epochs.Select(epoch => epoch[name])
                .SelectMany(s => (double[])[s.GradientNorm, s.LargestGradientNorm, s.WeightNorm, s.WeightMean, s.WeightDeviation])]);
        }
    }

    /// <inheritdoc/>
    public override void LoadState(TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        batches = (int)state.Integer("batches", 0, int.MaxValue);
        var read = new List<Dictionary<string, LayerStatistics>>();
        for (int i = 0; i < layers.Length; i++)
        {
            string name = layers[i].Name;
            double[] running = state.Doubles($"running/{name}", 2), all = state.Doubles($"epochs/{name}", i == 0 ? null : 5 * read.Count);
            (layers[i].Sum, layers[i].Largest) = (running[0], running[1]);
            for (int epoch = 0; epoch < all.Length / 5; epoch++)
            {
                if (i == 0) { read.Add([]); }
                ReadOnlySpan<double> s = all.AsSpan(epoch * 5, 5);
                read[epoch][name] = new LayerStatistics(s[0], s[1], s[2], s[3], s[4]);
            }
        }

        epochs.Clear();
        epochs.AddRange(read);
    }

    private static void Collect(IReadOnlyList<Layer> layers, string prefix, HashSet<Weight> left, List<(string, Weight[], double, double)> found)
    {
        foreach (Layer layer in layers)
        {
            if (layer is INetwork network) { Collect(network.Layers, $"{prefix}{layer.Name}/", left, found); }
            Weight[] weights = [.. layer.Weights.Where(left.Remove)];
            if (weights.Length > 0) { found.Add(($"{prefix}{layer.Name}", weights, 0, 0)); }
        }
    }
}
