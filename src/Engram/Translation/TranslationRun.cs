using System.Diagnostics;
using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Translation;

/// <summary>The training of a translator: sets the learning rate batch by batch, validates after each epoch, and keeps the best weights.</summary>
internal sealed class TranslationRun : Callback
{
    private const int WarmupBatches = 200;

    private readonly Translator translator;
    private readonly TranslationOptions options;
    private readonly SequencePairs? validation;
    private readonly IDataset data;
    private readonly Model model;
    private readonly WordLoss loss;
    private readonly Stopwatch clock = new();
    private readonly List<TranslationEpoch> epochs = [];
    private readonly long batches;
    private float[][]? best;
    private double leastPerplexity = double.PositiveInfinity;
    private long done;

    public TranslationRun(Translator translator, TranslationOptions options, SequencePairs pairs, SequencePairs? validation)
    {
        (this.translator, this.options, this.validation) = (translator, options, validation);
        (model, loss) = options.SampledSoftmax is { } samples
            ? (translator.Network.Sampled(samples, options.Seed), new GivenLoss())
            : (translator.Model, (WordLoss)new SmoothedCrossentropyLoss(options.LabelSmoothing));
        batches = (long)options.Epochs * ((pairs.Count + options.BatchSize - 1) / options.BatchSize);
        data = options.ScheduledSampling > 0
            ? new ScheduledSamplingPairs(pairs, translator.Network, options.Seed, () => options.ScheduledSampling * Share)
            : pairs;
    }

    public string? Checkpoint { get; init; }

    public IProgress<TranslationProgress>? Progress { get; init; }

    public CancellationToken Cancellation { get; init; }

    public IReadOnlyList<TranslationEpoch> Epochs => epochs;

    // How much of the training is done: by epochs or by time, whichever is further.
    private double Share => Math.Min(1, Math.Max((double)done / batches, options.TimeLimit is { } limit ? clock.Elapsed / limit : 0));

    private double Rate => options.LearningRate * Math.Min(1, (done + 1.0) / Math.Min(WarmupBatches, Math.Max(1, batches / 10))) * 0.5 * (1 + Math.Cos(Math.PI * Share));

    public void Fit()
    {
        clock.Start();
        var optimizer = new Adam(options.LearningRate) { GlobalClipNorm = 1, Beta2 = 0.98, Epsilon = 1e-9 };
        model.Compile(optimizer, loss);
        model.Fit(data, new FitOptions { Epochs = options.Epochs, BatchSize = options.BatchSize, Callbacks = [this] });
        if (best is null) { return; }
        for (int i = 0; i < best.Length; i++) { translator.Model.Weights[i].Value.CopyFrom(best[i]); }
    }

    public override void OnEpochBegin(TrainingRun run, int epoch)
    {
        loss.Reset();
        run.Optimizer.LearningRate = Rate;
    }

    public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double mean)
    {
        Cancellation.ThrowIfCancellationRequested();
        done++;
        run.Optimizer.LearningRate = Rate;
        if (options.TimeLimit is { } limit && clock.Elapsed >= limit) { run.StopTraining = true; }
        Progress?.Report(new TranslationProgress(epoch + 1, Share, mean, loss.Perplexity, epochs.Count > 0 ? epochs[^1] : null));
    }

    public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs)
    {
        double perplexity = validation is null ? double.NaN : translator.Perplexity(validation, options.BatchSize);
        bool isBest = validation is null || perplexity < leastPerplexity;
        epochs.Add(new TranslationEpoch(epoch + 1, logs["loss"], loss.Perplexity, perplexity, run.Optimizer.LearningRate, clock.Elapsed.TotalSeconds, isBest));
        Progress?.Report(new TranslationProgress(epoch + 1, Share, logs["loss"], loss.Perplexity, epochs[^1]));
        if (!isBest) { return; }
        leastPerplexity = perplexity;
        if (validation is not null) { Keep(translator.Model.Weights); }
        if (Checkpoint is not null) { translator.Save(Checkpoint); }
    }

    private void Keep(IReadOnlyList<Weight> weights)
    {
        best ??= [.. weights.Select(weight => new float[weight.Value.Length])];
        for (int i = 0; i < best.Length; i++) { weights[i].Value.Span.CopyTo(best[i]); }
    }
}
