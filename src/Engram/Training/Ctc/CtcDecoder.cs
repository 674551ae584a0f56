using Engram.Data;

namespace Engram.Training;

/// <summary>
/// Reads labels out of the logits of a network that was trained with <see cref="Loss.Ctc"/>: one class for each step, where equal neighbours are
/// one label and the blank is none.
/// </summary>
public static class CtcDecoder
{
    /// <summary>Takes the most likely class of each step.</summary>
    /// <param name="logits">(rows, time, classes).</param>
    /// <param name="lengths">How many steps of each row are data; null for all.</param>
    /// <param name="mergeRepeated">Whether equal neighbours are one label. Default true.</param>
    /// <param name="blankIndex">The class that is no label. Default 0.</param>
    /// <returns>One path for each row.</returns>
    /// <exception cref="EngramException">Shape, lengths or blank do not fit each other.</exception>
    public static CtcPath[] Greedy(NumericArray logits, IReadOnlyList<int>? lengths = null, bool mergeRepeated = true, int blankIndex = 0)
    {
        (int rows, int time, int classes) = Check(logits, lengths, blankIndex);
        var paths = new CtcPath[rows];
        for (int row = 0; row < rows; row++)
        {
            var labels = new List<int>();
            int last = -1;
            double sum = 0, log = 0;
            for (int t = 0; t < (lengths?[row] ?? time); t++)
            {
                ReadOnlySpan<float> x = logits.Span.Slice(((row * time) + t) * classes, classes);
                int best = 0;
                for (int k = 1; k < classes; k++)
                {
                    if (x[k] > x[best]) { best = k; }
                }

                sum += x[best];
                log -= Math.Log(Softmax.Normalizer(x).Sum);
                if (best != blankIndex && !(mergeRepeated && best == last)) { labels.Add(best); }
                last = best;
            }

            paths[row] = new CtcPath(labels, log, -sum);
        }

        return paths;
    }

    /// <summary>
    /// Keeps the most likely beginnings step by step, and adds up the paths that read the same (prefix beam search; Graves 2012, "Supervised
    /// sequence labelling", and as TensorFlow has it). Neighbouring equal labels in the result stood apart.
    /// </summary>
    /// <param name="logits">(rows, time, classes).</param>
    /// <param name="beamWidth">How many beginnings are kept. Default 100.</param>
    /// <param name="topPaths">How many results there are for each row, at most the beam width. Default 1.</param>
    /// <param name="lengths">How many steps of each row are data; null for all.</param>
    /// <param name="blankIndex">The class that is no label. Default 0.</param>
    /// <returns>For each row the paths, the most likely first; fewer than asked for where there are no more.</returns>
    /// <exception cref="EngramException">Shape, lengths or blank do not fit each other, or a logit is NaN.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1, or more paths than the beam is wide are wanted.</exception>
    public static CtcPath[][] Beam(NumericArray logits, int beamWidth = 100, int topPaths = 1, IReadOnlyList<int>? lengths = null, int blankIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(beamWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(topPaths, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(topPaths, beamWidth);
        (int rows, int time, int classes) = Check(logits, lengths, blankIndex);
        var paths = new CtcPath[rows][];
        for (int row = 0; row < rows; row++)
        {
            var beam = new CtcBeam(beamWidth, classes, blankIndex);
            for (int t = 0; t < (lengths?[row] ?? time); t++) { beam.Step(logits.Span.Slice(((row * time) + t) * classes, classes)); }
            paths[row] = beam.Best(topPaths);
        }

        return paths;
    }

    private static (int Rows, int Time, int Classes) Check(NumericArray logits, IReadOnlyList<int>? lengths, int blankIndex)
    {
        ReadOnlySpan<int> axes = logits.Axes;
        if (axes.Length != 3 || axes[2] < 1) { throw new EngramException($"CTC decoding: expected logits (rows, time, classes), got {Shape.Format(axes)}."); }
        if (blankIndex < 0 || blankIndex >= axes[2]) { throw new EngramException($"CTC decoding: the blank is class {blankIndex}; it must be from 0 to {axes[2] - 1}."); }
        if (lengths is not null && lengths.Count != axes[0]) { throw new EngramException($"CTC decoding: there are {lengths.Count} lengths for {axes[0]} rows."); }
        for (int row = 0; row < (lengths?.Count ?? 0); row++)
        {
            if (lengths![row] < 0 || lengths[row] > axes[1]) { throw new EngramException($"CTC decoding: the length of row {row} is {lengths[row]}; it must be from 0 to {axes[1]}."); }
        }

        int nan = logits.Span.IndexOf(float.NaN);
        return nan < 0
            ? (axes[0], axes[1], axes[2])
            : throw new EngramException($"CTC decoding: a logit of row {nan / (axes[1] * axes[2])}, step {nan / axes[2] % axes[1]} is NaN.");
    }
}
