using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>
/// A batch of a <see cref="SampledSoftmax"/>: the classes drawn for it, their weights put together as a small layer, and each row's own class beside them.
/// </summary>
internal sealed class SampledWork
{
    private int[] drawn = []; // the classes; all of them where none are drawn
    private double[] correction = []; // ln(n q) of each
    private double[] ownLogits = [], normalizers = [];
    private double[] ownGradients = [];
    private int units;
    private bool isSampled;

    public DenseProduct Product { get; } = new();

    /// <summary>The columns of the kernel that were drawn: (features, count).</summary>
    public TensorBuffer Kernel { get; } = new(0);

    /// <summary>Their biases less ln(n q): (count).</summary>
    public TensorBuffer Bias { get; } = new(0);

    /// <summary>(rows, count).</summary>
    public TensorBuffer Logits { get; } = new(0);

    public TensorBuffer DKernel { get; } = new(0);

    public TensorBuffer DBias { get; } = new(0);

    public int Count { get; private set; }

    private TensorBuffer? biases;

    /// <summary>Draws classes, or takes all where none are asked for.</summary>
    public void Choose(int units, int? samples, RandomKey key)
    {
        (this.units, isSampled, Count) = (units, samples is not null, samples ?? units);
        if (drawn.Length != Count) { (drawn, correction) = (new int[Count], new double[Count]); }
        double whole = Math.Log(units + 1.0);
        for (int i = 0; i < Count; i++)
        {
            // The inverse of the distribution function ln(c + 2) / ln(units + 1).
            drawn[i] = isSampled ? Math.Clamp((int)Math.Exp(key.Uniform((ulong)i) * whole) - 1, 0, units - 1) : i;
            correction[i] = isSampled ? Correction(drawn[i]) : 0;
        }
    }

    /// <summary>Puts the drawn columns together.</summary>
    public void Take(TensorBuffer kernel, TensorBuffer? bias)
    {
        biases = bias;
        int features = kernel[0];
        Kernel.Resize(features, Count);
        Bias.Resize(Count);
        Span<float> to = Kernel.Span, from = kernel.Span;
        if (!isSampled) { from.CopyTo(to); }
        else
        {
            for (int f = 0; f < features; f++)
            {
                ReadOnlySpan<float> row = from.Slice(f * units, units);
                Span<float> picked = to.Slice(f * Count, Count);
                for (int i = 0; i < picked.Length; i++) { picked[i] = row[drawn[i]]; }
            }
        }

        for (int i = 0; i < Count; i++) { Bias.Span[i] = (float)((bias is null ? 0 : bias.Span[drawn[i]]) - correction[i]); }
    }

    /// <summary>-ln p of a row's own class, from the logits of the drawn ones.</summary>
    public double Loss(int row, int y, ReadOnlySpan<float> x, TensorBuffer kernel)
    {
        Reserve(row + 1);
        Span<float> z = Logits.Span.Slice(row * Count, Count);
        if (!isSampled)
        {
            (double most, double total) = Training.Softmax.Normalizer(z);
            (ownLogits[row], normalizers[row]) = (z[y], most + Math.Log(total));
            return normalizers[row] - ownLogits[row];
        }

        double own = (biases is null ? 0 : biases.Span[y]) - Correction(y);
        for (int f = 0; f < x.Length; f++) { own += x[f] * kernel.Span[(f * units) + y]; }
        // A draw that is the right class itself is none of the wrong ones.
        for (int i = 0; i < Count; i++)
        {
            if (drawn[i] == y) { z[i] = float.NegativeInfinity; }
        }

        double largest = own, sum = 0;
        float mostDrawn = TensorPrimitives.Max<float>(z);
        if (float.IsFinite(mostDrawn))
        {
            (double most, double total) = Training.Softmax.Normalizer(z);
            largest = Math.Max(own, most);
            sum = total * Math.Exp(most - largest);
        }

        sum += Math.Exp(own - largest);
        (ownLogits[row], normalizers[row]) = (own, largest + Math.Log(sum));
        return normalizers[row] - own;
    }

    /// <summary>Turns a row's logits into their gradients.</summary>
    public void Differentiate(int row, int y, float dy)
    {
        Span<float> z = Logits.Span.Slice(row * Count, Count);
        for (int i = 0; i < Count; i++) { z[i] = (float)(dy * Math.Exp(z[i] - normalizers[row])); }
        if (isSampled) { ownGradients[row] = dy * (Math.Exp(ownLogits[row] - normalizers[row]) - 1); }
        else { z[y] -= dy; }
    }

    /// <summary>Room for the drawn columns' gradients, cleared.</summary>
    public unsafe float* PrepareGradients(int features)
    {
        DKernel.Resize(features, Count);
        DBias.Resize(Count);
        DKernel.Clear();
        DBias.Clear();
        return DKernel.Pointer;
    }

    /// <summary>Adds the drawn columns' gradients to those of the layer.</summary>
    public void AddGradients(TensorBuffer dKernel, TensorBuffer? dBias)
    {
        Span<float> to = dKernel.Span, from = DKernel.Span;
        int features = dKernel[0];
        for (int f = 0; f < features; f++)
        {
            Span<float> row = to.Slice(f * units, units);
            ReadOnlySpan<float> picked = from.Slice(f * Count, Count);
            for (int i = 0; i < picked.Length; i++) { row[drawn[i]] += picked[i]; }
        }

        if (dBias is null) { return; }
        for (int i = 0; i < Count; i++) { dBias.Span[drawn[i]] += DBias.Span[i]; }
    }

    /// <summary>Adds what a row's own class, which the product left out, gives.</summary>
    public void AddOwn(int row, int y, ReadOnlySpan<float> x, Weight kernel, Span<float> dx, TensorBuffer? dBias)
    {
        if (!isSampled) { return; }
        float dz = (float)ownGradients[row];
        Span<float> w = kernel.Value.Span, dw = kernel.Gradient.Span;
        for (int f = 0; f < x.Length; f++)
        {
            int at = (f * units) + y;
            dw[at] += dz * x[f];
            if (!dx.IsEmpty) { dx[f] += dz * w[at]; }
        }

        if (dBias is not null) { dBias.Span[y] += dz; }
    }

    private double Correction(int c) => Math.Log(Count * Math.Log((c + 2.0) / (c + 1.0)) / Math.Log(units + 1.0));

    private void Reserve(int rows)
    {
        if (ownLogits.Length >= rows) { return; }
        int room = Math.Max(rows, 2 * ownLogits.Length);
        Array.Resize(ref ownLogits, room);
        Array.Resize(ref normalizers, room);
        Array.Resize(ref ownGradients, room);
    }
}
