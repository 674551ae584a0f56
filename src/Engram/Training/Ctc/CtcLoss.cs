namespace Engram.Training;

/// <summary>-log p of labels under all ways to stretch them over a sequence's steps; the lattice does the work, row by row.</summary>
internal sealed class CtcLoss : Loss
{
    private readonly int blank;

    public CtcLoss(int blank)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(blank);
        this.blank = blank;
    }

    public override string Name => "ctc";

    public override int[] ElementAxes(ReadOnlySpan<int> target, ReadOnlySpan<int> prediction)
    {
        if (target.Length != 2 || prediction.Length != 3 || target[0] != prediction[0])
        {
            throw new EngramException(
                $"{Name}: expected labels (rows, labels) for logits (rows, time, classes), got {Shape.Format(target)} for {Shape.Format(prediction)}.");
        }

        return blank < prediction[2]
            ? [target[0]]
            : throw new EngramException($"{Name}: the blank is class {blank}, but there are only {prediction[2]} classes: {Shape.Format(prediction)}.");
    }

    public override void Forward(TensorBuffer target, TensorBuffer prediction, Span<double> elements) => Forward(target, prediction, null, elements);

    public override void Backward(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<double> weights, TensorBuffer gradient) =>
        Backward(target, prediction, null, weights, gradient);

    public override void Forward(TensorBuffer target, TensorBuffer prediction, Mask? mask, Span<double> elements)
    {
        CtcLattice lattice = CtcLattice.OfThread;
        for (int row = 0; row < elements.Length; row++)
        {
            ReadOnlySpan<float> logits = Begin(lattice, target, prediction, mask, row);
            elements[row] = -lattice.Forward(logits, prediction[2]);
        }
    }

    public override void Backward(TensorBuffer target, TensorBuffer prediction, Mask? mask, ReadOnlySpan<double> weights, TensorBuffer gradient)
    {
        CtcLattice lattice = CtcLattice.OfThread;
        gradient.Resize(prediction.Axes);
        for (int row = 0; row < weights.Length; row++)
        {
            Span<float> dx = gradient.Span.Slice(row * prediction[1] * prediction[2], prediction[1] * prediction[2]);
            if (weights[row] == 0)
            {
                dx.Clear();
                continue;
            }

            ReadOnlySpan<float> logits = Begin(lattice, target, prediction, mask, row);
            lattice.Forward(logits, prediction[2]);
            lattice.Backward(logits, prediction[2], weights[row], dx);
        }
    }

    private ReadOnlySpan<float> Begin(CtcLattice lattice, TensorBuffer target, TensorBuffer prediction, Mask? mask, int row)
    {
        int time = prediction[1], classes = prediction[2];
        if (mask is not null && (mask.Rows != prediction[0] || mask.TimeSteps != time))
        {
            throw new EngramException($"{Name}: a mask of {mask.Rows} rows and {mask.TimeSteps} steps does not fit logits {Shape.Format(prediction.Axes)}.");
        }

        ReadOnlySpan<float> labels = Labels(target.Span.Slice(row * target[1], target[1]), classes, row);
        int count = lattice.Begin(labels, blank, time, mask is null ? default : mask.Span.Slice(row * time, time));
        int needed = labels.Length;
        for (int i = 1; i < labels.Length; i++) { needed += labels[i] == labels[i - 1] ? 1 : 0; } // a blank must stand between equal labels
        return count >= needed
            ? prediction.Span.Slice(row * time * classes, time * classes)
            : throw new EngramException(
                $"{Name}: the {labels.Length} labels of row {row} need at least {needed} time steps (equal neighbours need a blank between them), but the sequence has {count}.");
    }

    // Blanks behind the labels fill up the row.
    private ReadOnlySpan<float> Labels(ReadOnlySpan<float> row, int classes, int number)
    {
        int length = row.IndexOf(blank);
        if (length < 0) { length = row.Length; }
        for (int i = 0; i < row.Length; i++)
        {
            float label = row[i];
            if (!(label >= 0 && label < classes && label == MathF.Floor(label)))
            {
                throw new EngramException($"{Name}: label {i} of row {number} is {label}; it must be the number of one of the {classes} classes, from 0 to {classes - 1}.");
            }

            if (i > length && label != blank)
            {
                throw new EngramException($"{Name}: label {i} of row {number} is {label} behind the blank {blank} at {length}; blanks only fill up the end of a row.");
            }
        }

        return row[..length];
    }
}
