using Engram.Data;

namespace Engram.Tests.Formats.Keras.Weights;

/// <summary>Random numbers for small trainings.</summary>
internal static class RandomData
{
    /// <summary>Numbers between -1 and 1.</summary>
    public static NumericArray Numbers(Random random, params int[] axes)
    {
        var values = new float[axes.Aggregate(1, (product, axis) => product * axis)];
        for (int i = 0; i < values.Length; i++) { values[i] = (2 * random.NextSingle()) - 1; }
        return NumericArray.Create(values, axes);
    }
}
