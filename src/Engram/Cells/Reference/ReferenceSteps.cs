namespace Engram.Cells.Reference;

/// <summary>
/// One step of one row of the cells that others have added to the LSTM and the GRU, as plainly as it can be written, in double precision and
/// with sigmoid and tanh: the oracles for the fast kernels. Weight layouts are those of the layers.
/// </summary>
public static class ReferenceSteps
{
    /// <summary>The LSTM with zoneout outside training (Krueger et al. 2017): c and h move only part of the way.</summary>
    /// <param name="x">The input.</param>
    /// <param name="h">h before the step; replaced by that after it.</param>
    /// <param name="c">c before the step; replaced by that after it.</param>
    /// <param name="w">W (features, 4 units), U (units, 4 units), b (4 units), in the order i, f, g, o.</param>
    /// <param name="zoneoutHidden">The share of h that stays.</param>
    /// <param name="zoneoutCell">The share of c that stays.</param>
    public static void ZoneoutLstm(double[] x, double[] h, double[] c, double[][] w, double zoneoutHidden, double zoneoutCell)
    {
        int units = h.Length;
        double[] z = Sum(Product(x, w[0], 4 * units, 0, 4 * units), Product(h, w[1], 4 * units, 0, 4 * units), w[2]);
        for (int u = 0; u < units; u++)
        {
            double i = Sigmoid(z[u]), f = Sigmoid(z[units + u]), g = Math.Tanh(z[(2 * units) + u]), o = Sigmoid(z[(3 * units) + u]);
            double next = (f * c[u]) + (i * g);
            h[u] = (zoneoutHidden * h[u]) + ((1 - zoneoutHidden) * o * Math.Tanh(next));
            c[u] = (zoneoutCell * c[u]) + ((1 - zoneoutCell) * next);
        }
    }

    /// <summary>The layer-normalised LSTM (Ba, Kiros and Hinton 2016).</summary>
    /// <param name="x">The input.</param>
    /// <param name="h">h before the step; replaced by that after it.</param>
    /// <param name="c">c before the step; replaced by that after it.</param>
    /// <param name="w">W, U, b, the gains of x W and of h U, gain and offset of c.</param>
    /// <param name="epsilon">What is added to a variance.</param>
    public static void LayerNormLstm(double[] x, double[] h, double[] c, double[][] w, double epsilon)
    {
        int units = h.Length;
        double[] fromInput = Normalized(Product(x, w[0], 4 * units, 0, 4 * units), epsilon);
        double[] fromState = Normalized(Product(h, w[1], 4 * units, 0, 4 * units), epsilon);
        var z = new double[4 * units];
        for (int k = 0; k < z.Length; k++) { z[k] = (w[3][k] * fromInput[k]) + (w[4][k] * fromState[k]) + w[2][k]; }
        for (int u = 0; u < units; u++) { c[u] = (Sigmoid(z[units + u]) * c[u]) + (Sigmoid(z[u]) * Math.Tanh(z[(2 * units) + u])); }
        double[] normalized = Normalized(c, epsilon);
        for (int u = 0; u < units; u++) { h[u] = Sigmoid(z[(3 * units) + u]) * Math.Tanh((w[5][u] * normalized[u]) + w[6][u]); }
    }

    /// <summary>The minimal gated unit (Zhou et al. 2016).</summary>
    /// <param name="x">The input.</param>
    /// <param name="h">The state before the step; replaced by that after it.</param>
    /// <param name="w">W (features, 2 units), U (units, 2 units), b (2 units), the gate before the candidate.</param>
    public static void MinimalGatedUnit(double[] x, double[] h, double[][] w)
    {
        int units = h.Length;
        double[] z = Sum(Product(x, w[0], 2 * units, 0, units), Product(h, w[1], 2 * units, 0, units), w[2][..units]);
        var forgotten = new double[units];
        for (int u = 0; u < units; u++) { forgotten[u] = Sigmoid(z[u]) * h[u]; }
        double[] g = Sum(Product(x, w[0], 2 * units, units, units), Product(forgotten, w[1], 2 * units, units, units), w[2][units..]);
        for (int u = 0; u < units; u++) { h[u] = ((1 - Sigmoid(z[u])) * h[u]) + (Sigmoid(z[u]) * Math.Tanh(g[u])); }
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    // v M, of which some columns.
    private static double[] Product(double[] v, double[] matrix, int columns, int first, int count)
    {
        var product = new double[count];
        for (int k = 0; k < v.Length; k++)
        {
            for (int column = 0; column < count; column++) { product[column] += v[k] * matrix[(k * columns) + first + column]; }
        }

        return product;
    }

    private static double[] Sum(double[] a, double[] b, double[] c) => [.. a.Select((value, k) => value + b[k] + c[k])];

    private static double[] Normalized(double[] v, double epsilon)
    {
        double mean = v.Average(), variance = v.Average(value => (value - mean) * (value - mean));
        return [.. v.Select(value => (value - mean) / Math.Sqrt(variance + epsilon))];
    }
}
