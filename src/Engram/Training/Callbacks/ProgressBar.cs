using System.Globalization;
using System.Text;

namespace Engram.Training;

/// <summary>
/// Shows how training goes. On a terminal a line for each epoch is drawn anew while it runs: the batches done, the time that is left,
/// the loss; at its end the time it took and all figures. Where the output goes to a file it writes nothing, or one line for each
/// epoch with <see cref="Verbose"/> 2.
/// </summary>
public sealed class ProgressBar : Callback
{
    private const int Width = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly StringBuilder line = new();
    private long started, drawn;
    private int drawnLength;

    /// <summary>Where the lines go. Default the standard error stream.</summary>
    public TextWriter Output { get; init; } = Console.Error;

    /// <summary>
    /// 0: nothing; 1, the default: a line drawn anew on a terminal, nothing elsewhere; 2: one line when an epoch has ended.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not 0, 1 or 2.</exception>
    public int Verbose
    {
        get;
        init => field = value is >= 0 and <= 2
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Verbose), value, "Verbose must be 0, 1 or 2.");
    } = 1;

    /// <summary>
    /// Whether a line can be drawn anew. Null, the default: where <see cref="Output"/> is the console and the console is a terminal.
    /// </summary>
    public bool? Interactive { get; init; }

    /// <summary>The clock; tests have their own.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    private bool Redraws => Verbose == 1 && (Interactive ?? IsTerminal);

    private bool IsTerminal =>
        (Output == Console.Error && !Console.IsErrorRedirected) || (Output == Console.Out && !Console.IsOutputRedirected);

    /// <inheritdoc/>
    public override void OnTrainBegin(TrainingRun run) => started = Clock.GetTimestamp(); // a resumed run may begin within an epoch

    /// <inheritdoc/>
    public override void OnEpochBegin(TrainingRun run, int epoch)
    {
        started = Clock.GetTimestamp();
        (drawn, drawnLength) = (0, 0);
        if (Redraws) { Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Epoch {epoch + 1}/{run.Epochs}")); }
    }

    /// <inheritdoc/>
    public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss)
    {
        if (!Redraws) { return; }
        long now = Clock.GetTimestamp();
        bool last = batch + 1 == run.StepsPerEpoch;
        if (drawn != 0 && !last && Clock.GetElapsedTime(drawn, now) < Pause) { return; }
        drawn = now;
        TimeSpan perStep = Clock.GetElapsedTime(started, now) / (batch + 1);
        Begin(batch + 1, run.StepsPerEpoch);
        AppendTimes(perStep * Math.Max(run.StepsPerEpoch - batch - 1, 0), perStep);
        AppendFigure("loss", loss);
        Draw(end: false);
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs)
    {
        if (!Redraws && Verbose != 2) { return; }
        TimeSpan took = Clock.GetElapsedTime(started, Clock.GetTimestamp());
        if (Redraws) { Begin(run.StepsPerEpoch, run.StepsPerEpoch); }
        else { line.Clear().Append(CultureInfo.InvariantCulture, $"Epoch {epoch + 1}/{run.Epochs} -"); }
        AppendTimes(took, took / Math.Max(run.StepsPerEpoch, 1));
        foreach ((string name, double value) in logs) { AppendFigure(name, value); }
        Draw(end: true);
    }

    private void Begin(int done, int steps)
    {
        int filled = steps <= 0 ? Width : (int)((long)Width * Math.Min(done, steps) / steps);
        line.Clear().Append(CultureInfo.InvariantCulture, $"{done}/{steps} ").Append('━', filled).Append('─', Width - filled);
    }

    private void AppendTimes(TimeSpan time, TimeSpan perStep)
    {
        line.Append(' ').Append(time.TotalSeconds switch
        {
            >= 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}"),
            >= 60 => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0}s"),
        });
        line.Append(' ').Append(perStep.TotalSeconds switch
        {
            >= 1 => string.Create(CultureInfo.InvariantCulture, $"{perStep.TotalSeconds:0}s/step"),
            >= 1e-3 => string.Create(CultureInfo.InvariantCulture, $"{perStep.TotalMilliseconds:0}ms/step"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{perStep.TotalMicroseconds:0}us/step"),
        });
    }

    private void AppendFigure(string name, double value) => line.Append(" - ").Append(name).Append(": ")
        .Append(value.ToString(Math.Abs(value) is > 1e-3 or 0 ? "0.0000" : "0.0000e+00", CultureInfo.InvariantCulture));

    // A shorter line must wipe out what a longer one left.
    private void Draw(bool end)
    {
        int length = line.Length;
        if (Redraws)
        {
            line.Append(' ', Math.Max(drawnLength - length, 0)).Insert(0, '\r');
            drawnLength = length;
        }

        if (end) { line.Append(Environment.NewLine); }
        Output.Write(line);
        Output.Flush();
    }
}
