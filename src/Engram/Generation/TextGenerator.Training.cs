using System.Diagnostics;
using Engram.Data;
using Engram.Models;
using Engram.Training;

namespace Engram.Generation;

public sealed partial class TextGenerator
{
    private const int LeastSteps = 1000;
    private const int MostStreams = 16;
    private const int HeldOutRows = 32;

    // How many tokens before the first that counts each part of the held-out text is read from.
    private const int Context = 256;

    /// <summary>
    /// Trains further, on the same text or another; the vocabulary stays. The optimizer begins anew. On failure or cancellation the generator is what it was before.
    /// </summary>
    /// <param name="text">The text; its last part is held out.</param>
    /// <param name="fit">How; null for the defaults.</param>
    /// <param name="progress">Told of each step, or null.</param>
    /// <param name="cancellation">Ends training between two steps.</param>
    /// <returns>What it came to, which is <see cref="Training"/> from now on.</returns>
    /// <exception cref="EngramException">The text is empty or too short, or training diverges.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public TextTraining Fit(string text, TextFitOptions? fit = null, IProgress<TextProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        fit ??= new TextFitOptions();
        var clock = Stopwatch.StartNew();
        (string trained, string heldOut) = TextParts.Split(text, fit.HeldOut);
        int[] tokens = Tokenizer.Encode(trained), end = Tokenizer.Encode(heldOut);
        int streams = Streams(tokens.Length, fit);
        if (fit.HeldOut > 0 && end.Length < 2)
        {
            throw new EngramException($"The held-out part of the text, its last {fit.HeldOut:P0}, is {end.Length} tokens long; give a longer text, or hold out none.");
        }

        TokenStreams data = TokenStreams.Around(tokens, streams, fit.TimeSteps);
        TokenStreams? held = fit.HeldOut == 0 ? null : TokenStreams.Behind([.. tokens, .. end], tokens.Length, HeldOutRows, fit.TimeSteps, Context);
        int steps = fit.Steps ?? (fit.Minutes is { } minutes
            ? Affordable(data, held, fit, minutes * 60 - clock.Elapsed.TotalSeconds)
            : (int)Math.Min(int.MaxValue, Math.Max(LeastSteps, Math.Ceiling(fit.Passes * tokens.Length / ((double)streams * fit.TimeSteps)))));
        int stretch = (int)(((long)steps + fit.Evaluations - 1) / fit.Evaluations);
        var watch = new Watch(steps, progress, cancellation);
        Sequential network = Compiled(fit, steps);
        var best = new EarlyStopping { Patience = fit.Patience, RestoreBestWeights = true };
        History history = Run(network, data, held, stretch, fit.Evaluations, held is null ? [watch] : [new StatesAside(network.Layers), watch, best]);
        LanguageNetwork.CopyWeights(network, Model);
        return training = new TextTraining
        {
            Steps = steps,
            StepsMade = watch.Steps,
            Streams = streams,
            TimeSteps = fit.TimeSteps,
            LearningRate = fit.LearningRate,
            Trained = new TextSize(TextParts.Characters(trained), tokens.Length),
            HeldOut = new TextSize(TextParts.Characters(heldOut), end.Length),
            UnknownShare = end.Length == 0 ? 0 : (double)end.Count(token => token == Tokenizer.Unknown) / end.Length,
            Curve = watch.Curve,
            NatsPerToken = held is null ? double.NaN : history.ValidationLoss.Min(),
            Seconds = clock.Elapsed.TotalSeconds,
        };
    }

    // The network that is trained carries its states; the one that is kept does not.
    private Sequential Compiled(TextFitOptions fit, int steps)
    {
        Sequential network = LanguageNetwork.Create(options, Tokenizer.Count, stateful: true);
        LanguageNetwork.CopyWeights(Model, network);
        int rise = Math.Min(100, steps / 10);
        var schedule = new CosineDecay(fit.LearningRate * 0.1, Math.Max(1, steps - rise)) { WarmupTarget = fit.LearningRate, WarmupSteps = rise, Alpha = 0.01 };
        network.Compile(new Adam { Schedule = schedule, GlobalClipNorm = fit.ClipNorm }, Loss.SparseCategoricalCrossentropy(fromLogits: true));
        return network;
    }

    private static History Run(Sequential network, TokenStreams data, TokenStreams? held, int stretch, int stretches, Callback[] callbacks) => network.Fit(
        data, new FitOptions { Epochs = stretches, StepsPerEpoch = stretch, Shuffle = false, ValidationData = held, Callbacks = callbacks });

    private static int Streams(int tokens, TextFitOptions fit)
    {
        // A stream is a few windows long, or it would be read again after a step or two.
        int most = tokens / (4 * fit.TimeSteps);
        if (fit.Streams is { } asked)
        {
            return asked * (long)(fit.TimeSteps + 1) <= tokens ? asked : throw new EngramException(
                $"The text is too short: {asked} streams of {fit.TimeSteps} steps read {asked * (long)(fit.TimeSteps + 1)} tokens, and its training part has {tokens}. Take fewer streams or steps.");
        }

        return most >= 1 ? Math.Min(MostStreams, most) : throw new EngramException(
            $"The text is too short: its training part has {tokens} tokens, and windows of {fit.TimeSteps} steps need {4 * fit.TimeSteps} at least. Give a longer text, or fewer time steps.");
    }

    // How many steps fit into some seconds, measured on a network that is thrown away.
    private int Affordable(TokenStreams data, TokenStreams? held, TextFitOptions fit, double seconds)
    {
        var clock = Stopwatch.StartNew();
        Sequential network = Compiled(fit, LeastSteps);
        Callback[] aside = [new StatesAside(network.Layers)];
        Run(network, data, null, 3, 1, aside); // the first steps compile the code
        var measured = Stopwatch.StartNew();
        int count = 0;
        for (double enough = Math.Min(10, seconds / 20); count < 2 || measured.Elapsed.TotalSeconds < enough; count++) { Run(network, data, null, 1, 1, aside); }
        double step = measured.Elapsed.TotalSeconds / count, validation = 0;
        if (held is not null)
        {
            measured.Restart();
            network.ResetState();
            network.Evaluate(held, fit.TimeSteps);
            validation = measured.Elapsed.TotalSeconds;
        }

        return (int)Math.Clamp((seconds - clock.Elapsed.TotalSeconds - (validation * fit.Evaluations)) / step, 1, int.MaxValue);
    }

    private sealed class Watch(int steps, IProgress<TextProgress>? progress, CancellationToken cancellation) : Callback
    {
        private double? heldOut;

        public int Steps { get; private set; }

        public List<TextLoss> Curve { get; } = [];

        public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss)
        {
            run.StopTraining |= ++Steps == steps;
            progress?.Report(new TextProgress(Steps, steps, loss, heldOut));
            cancellation.ThrowIfCancellationRequested();
        }

        public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs)
        {
            if (logs.TryGetValue("val_loss", out double value)) { heldOut = value; }
            Curve.Add(new TextLoss(Steps, logs["loss"], heldOut ?? double.NaN));
            progress?.Report(new TextProgress(Steps, steps, logs["loss"], heldOut));
        }
    }
}
