using Engram.Formats;

namespace Engram.Cli.Files;

/// <summary>One weight of two files.</summary>
/// <param name="Name">Its name in both.</param>
/// <param name="First">Its shape in the first file, null where it is missing.</param>
/// <param name="Second">Its shape in the second file, null where it is missing.</param>
/// <param name="Largest">The largest difference of two numbers; NaN where the shapes differ, one is missing, or a NaN stands beside a number.</param>
/// <param name="At">Where in row-major order it is, -1 where there is none.</param>
internal sealed record WeightDifference(string Name, Shape? First, Shape? Second, double Largest, int At)
{
    /// <summary>All weights of two files, those of the first in its order, then those that only the second has.</summary>
    public static IReadOnlyList<WeightDifference> Of(string first, string second)
    {
        (IReadOnlyList<NamedArray> a, IReadOnlyList<NamedArray> b) = Named(first, second);
        Dictionary<string, NamedArray> left = b.ToDictionary(array => array.Name, StringComparer.Ordinal);
        var all = new List<WeightDifference>();
        foreach (NamedArray array in a)
        {
            all.Add(left.Remove(array.Name, out NamedArray? other) ? Between(array, other) : new WeightDifference(array.Name, array.Shape, null, double.NaN, -1));
        }

        foreach (NamedArray array in b)
        {
            if (left.ContainsKey(array.Name)) { all.Add(new WeightDifference(array.Name, null, array.Shape, double.NaN, -1)); }
        }

        return all;
    }

    /// <summary>The difference of two arrays. Two NaN are equal, and so are two infinities of one sign.</summary>
    public static WeightDifference Between(NamedArray a, NamedArray b)
    {
        if (!a.Shape.Equals(b.Shape)) { return new WeightDifference(a.Name, a.Shape, b.Shape, double.NaN, -1); }
        double[] x = a.ToDoubles(), y = b.ToDoubles();
        (double largest, int at) = (0, -1);
        for (int i = 0; i < x.Length; i++)
        {
            double difference = x[i].Equals(y[i]) ? 0 : Math.Abs(x[i] - y[i]);
            if (double.IsNaN(difference)) { return new WeightDifference(a.Name, a.Shape, b.Shape, double.NaN, i); }
            if (difference > largest) { (largest, at) = (difference, i); }
        }

        return new WeightDifference(a.Name, a.Shape, b.Shape, largest, at);
    }

    // Two models by the names of their layers; files of weights by the names that they have, and where these share none, a model by its layers'.
    private static (IReadOnlyList<NamedArray>, IReadOnlyList<NamedArray>) Named(string first, string second)
    {
        bool one = ModelFile.HoldsModel(first), other = ModelFile.HoldsModel(second);
        if (one && other) { return (OfModel(first), OfModel(second)); }
        IReadOnlyList<NamedArray> a = ModelFile.Arrays(first), b = ModelFile.Arrays(second);
        if (one == other || a.Select(array => array.Name).Intersect(b.Select(array => array.Name), StringComparer.Ordinal).Any()) { return (a, b); }
        return (one ? OfModel(first) : a, other ? OfModel(second) : b);
    }

    private static IReadOnlyList<NamedArray> OfModel(string path) => ModelFile.Arrays(ModelFile.Load(path));
}
