namespace Engram.Tests.Layers;

/// <summary>Convolutions by their definition, in double precision: one loop for each index.</summary>
internal static class NaiveConvolution
{
    /// <summary>z[n, p, f] = b[f] + Σ x[n, p stride + k dilation - before, group's c] W[k, c, f] over any number of spatial axes.</summary>
    /// <param name="x">(samples, ..., channels).</param>
    /// <param name="kernel">(taps..., channels / groups, filters).</param>
    /// <param name="strides">From one window to the next.</param>
    /// <param name="dilation">From one tap to the next.</param>
    /// <param name="padding">"valid", "same" or "causal".</param>
    /// <param name="groups">The number of groups.</param>
    /// <returns>(samples, ..., filters) and its spatial lengths.</returns>
    public static (double[] Z, int[] Lengths) Forward(
        TensorBuffer x, TensorBuffer kernel, int[] strides, int[] dilation, string padding, int groups)
    {
        int axes = x.Rank - 2;
        int[] lengths = new int[axes];
        int[] before = new int[axes];
        for (int i = 0; i < axes; i++)
        {
            int extent = ((kernel[i] - 1) * dilation[i]) + 1;
            lengths[i] = padding == "valid"
                ? (int)Math.Floor((double)(x[i + 1] - extent) / strides[i]) + 1
                : (int)Math.Ceiling((double)x[i + 1] / strides[i]);
            int missing = Math.Max(0, ((lengths[i] - 1) * strides[i]) + extent - x[i + 1]);
            before[i] = padding switch { "valid" => 0, "same" => missing / 2, _ => extent - 1 };
        }

        int filters = kernel[^1];
        int channels = kernel[^2];
        int places = lengths.Aggregate(1, (a, b) => a * b);
        int taps = kernel.Length / (filters * channels);
        var z = new double[x[0] * places * filters];
        for (int n = 0; n < x[0]; n++)
        {
            for (int p = 0; p < places; p++)
            {
                int[] place = Index(p, lengths);
                for (int k = 0; k < taps; k++)
                {
                    int[] tap = Index(k, kernel.Axes[..axes]);
                    int at = n;
                    bool within = true;
                    for (int i = 0; i < axes; i++)
                    {
                        int position = (place[i] * strides[i]) + (tap[i] * dilation[i]) - before[i];
                        within &= position >= 0 && position < x[i + 1];
                        at = (at * x[i + 1]) + position;
                    }

                    if (!within) { continue; }
                    for (int f = 0; f < filters; f++)
                    {
                        int firstChannel = f / (filters / groups) * channels;
                        for (int c = 0; c < channels; c++)
                        {
                            z[(((n * places) + p) * filters) + f] +=
                                (double)x.Span[(at * channels * groups) + firstChannel + c] * kernel.Span[(((k * channels) + c) * filters) + f];
                        }
                    }
                }
            }
        }

        return (z, lengths);
    }

    private static int[] Index(int number, ReadOnlySpan<int> lengths)
    {
        var index = new int[lengths.Length];
        for (int i = lengths.Length - 1; i >= 0; i--) { (number, index[i]) = Math.DivRem(number, lengths[i]); }
        return index;
    }
}
