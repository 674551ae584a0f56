namespace Engram.Training;

/// <summary>
/// The loss of a batch as Keras reduces it: the element losses are weighted by sample weights and averaged over all elements or, where
/// a mask or the target itself excludes some, over those that count.
/// </summary>
internal sealed class BatchLoss(Loss loss)
{
    private double[] elements = [];
    private double[] weights = [];
    private byte[] counts = [];
    private int[] axes = [];
    private int[] targetAxes = [-1];
    private int[] predictionAxes = [-1];

    /// <summary>Computes the loss and, unless null, its gradient with respect to the prediction.</summary>
    /// <param name="target">The right answers.</param>
    /// <param name="prediction">The model's output.</param>
    /// <param name="mask">Which steps count, or null.</param>
    /// <param name="sampleWeights">One weight for each row, or for each row and step; empty for ones.</param>
    /// <param name="gradient">Overwritten with the gradient, or null.</param>
    public double Compute(TensorBuffer target, TensorBuffer prediction, Mask? mask, ReadOnlySpan<float> sampleWeights, TensorBuffer? gradient)
    {
        int count = Prepare(target, prediction);
        Span<double> losses = elements.AsSpan(0, count), w = weights.AsSpan(0, count);
        loss.Forward(target, prediction, mask, losses);
        double share = 1.0 / count;
        w.Fill(1);
        if (mask is not null && axes.Length >= 2) { share = ApplyMask(mask, target, w); }
        else if (loss.IgnoresElements) { share = ApplyMask(null, target, w); }
        if (!sampleWeights.IsEmpty) { ApplySampleWeights(sampleWeights, w); }

        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            w[i] *= share;
            if (w[i] != 0) { sum += w[i] * losses[i]; }
        }

        if (gradient is not null) { loss.Backward(target, prediction, mask, w, gradient); }
        return sum;
    }

    private int Prepare(TensorBuffer target, TensorBuffer prediction)
    {
        if (!target.Axes.SequenceEqual(targetAxes) || !prediction.Axes.SequenceEqual(predictionAxes))
        {
            axes = loss.ElementAxes(target.Axes, prediction.Axes);
            targetAxes = target.Axes.ToArray();
            predictionAxes = prediction.Axes.ToArray();
        }

        int count = 1;
        foreach (int axis in axes) { count *= axis; }
        if (elements.Length < count)
        {
            elements = new double[count];
            weights = new double[count];
            counts = new byte[count];
        }

        return count;
    }

    // Excluded elements weigh nothing; the mean is over the others.
    private double ApplyMask(Mask? mask, TensorBuffer target, Span<double> w)
    {
        Span<byte> valid = counts.AsSpan(0, w.Length);
        valid.Fill(1);
        if (mask is not null)
        {
            int perStep = w.Length / (mask.Rows * mask.TimeSteps);
            for (int i = 0; i < valid.Length; i++) { valid[i] = mask.Span[i / perStep]; }
        }

        if (loss.IgnoresElements) { loss.MarkIgnored(target, valid); }
        long number = 0;
        for (int i = 0; i < valid.Length; i++)
        {
            w[i] = valid[i];
            number += valid[i];
        }

        return number == 0 ? 0 : 1.0 / number;
    }

    private void ApplySampleWeights(ReadOnlySpan<float> sampleWeights, Span<double> w)
    {
        if (w.Length % sampleWeights.Length != 0)
        {
            throw new EngramException(
                $"{sampleWeights.Length} sample weights do not fit {loss.Name}, which has {w.Length} losses in this batch of shape {Shape.Format(axes)}; give one for each sample, or one for each sample and time step.");
        }

        int perWeight = w.Length / sampleWeights.Length;
        for (int i = 0; i < w.Length; i++) { w[i] *= sampleWeights[i / perWeight]; }
    }
}
