using System.Collections;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Engram.Data;

/// <summary>
/// The inputs or the targets of a model: one array, several in order, or several by name. A single array converts by itself.
/// <code>
/// model.Fit(x, y);
/// model.Fit([words, numbers], [topic, length]);
/// model.Fit(new NumericArrays { ["words"] = words, ["numbers"] = numbers }, y);
/// </code>
/// </summary>
[CollectionBuilder(typeof(NumericArrays), nameof(Create))]
public sealed class NumericArrays : IEnumerable<NumericArray>
{
    private readonly List<(string? Name, NumericArray Array)> arrays = [];

    /// <summary>The number of arrays.</summary>
    public int Count => arrays.Count;

    /// <summary>Whether the arrays have names; otherwise their order counts.</summary>
    public bool IsNamed => arrays.Count > 0 && arrays[0].Name is not null;

    /// <summary>An array by the name of the input or output it is for.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    /// <exception cref="ArgumentException">There are arrays without names.</exception>
    public NumericArray this[string name]
    {
        get => arrays.FirstOrDefault(entry => entry.Name == name) is { Name: not null } found
            ? found.Array
            : throw new KeyNotFoundException($"There is no array named {name}.");
        set
        {
            ArgumentNullException.ThrowIfNull(name);
            if (arrays.Count > 0 && !IsNamed) { throw new ArgumentException("There are arrays in order; names cannot be mixed in.", nameof(name)); }
            arrays.RemoveAll(entry => entry.Name == name);
            arrays.Add((name, value));
        }
    }

    /// <summary>Several arrays in order: what <c>[a, b]</c> makes.</summary>
    public static NumericArrays Create(ReadOnlySpan<NumericArray> arrays)
    {
        var created = new NumericArrays();
        foreach (NumericArray array in arrays) { created.arrays.Add((null, array)); }
        return created;
    }

    /// <summary>One array.</summary>
    public static implicit operator NumericArrays(NumericArray array) => array.HasValue ? Create([array]) : new NumericArrays();

    /// <summary>One column of numbers.</summary>
    public static implicit operator NumericArrays(float[]? array) => (NumericArray)array;

    /// <summary>Rows of numbers: (samples, features).</summary>
    public static implicit operator NumericArrays(float[,]? array) => (NumericArray)array;

    /// <summary>Sequences: (samples, timeSteps, features).</summary>
    public static implicit operator NumericArrays(float[,,]? array) => (NumericArray)array;

    /// <summary>Sequences of rows of numbers: (samples, timeSteps, rows, features).</summary>
    public static implicit operator NumericArrays(float[,,,]? array) => (NumericArray)array;

    /// <summary>One tensor.</summary>
    public static implicit operator NumericArrays(Tensor<float>? tensor) => (NumericArray)tensor;

    /// <inheritdoc/>
    public IEnumerator<NumericArray> GetEnumerator() => arrays.Select(entry => entry.Array).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The arrays in the order of names.</summary>
    /// <param name="names">The names of the model's inputs or of its outputs with a loss.</param>
    /// <param name="what">What they are, for the message: <c>input</c> or <c>target</c>.</param>
    /// <exception cref="EngramException">Their number or a name is not that of the model.</exception>
    internal NumericArray[] InOrder(IReadOnlyList<string> names, string what)
    {
        string expected = names.Count == 1 ? $"1 {what}" : $"{names.Count} {what}s ({string.Join(", ", names)})";
        if (arrays.Count != names.Count) { throw new EngramException($"The model takes {expected}, got {arrays.Count} array{(arrays.Count == 1 ? "" : "s")}."); }
        if (!IsNamed) { return [.. this]; }
        string? unknown = arrays.Select(entry => entry.Name).FirstOrDefault(name => !names.Contains(name));
        return unknown is null
            ? [.. names.Select(name => this[name])]
            : throw new EngramException($"The model has no {what} named {unknown}; it takes {expected}.");
    }
}
