using System.Numerics;

namespace Engram.Formats.Hdf5;

/// <summary>What groups and datasets have in common: a path and attributes.</summary>
internal abstract class Hdf5Object
{
    private readonly OrderedDictionary<string, Hdf5Attribute> attributes = new(StringComparer.Ordinal);

    private protected Hdf5Object(string path) => Path = path;

    /// <summary>The path from the root, which is <c>/</c>.</summary>
    public string Path { get; }

    /// <summary>The attributes by name, in the order of the file (by name, unless the file keeps the order of creation).</summary>
    public IReadOnlyDictionary<string, Hdf5Attribute> Attributes => attributes;

    /// <summary>Attaches a text.</summary>
    /// <param name="name">The attribute's name; one of that name is replaced.</param>
    /// <param name="value">The text.</param>
    /// <param name="type">A type of text; null for <see cref="Hdf5Type.VariableUtf8"/>.</param>
    public void SetAttribute(string name, string value, Hdf5Type? type = null) =>
        Set(name, Hdf5Memory.Texts(AttributePlace(name), [], [value], type ?? Hdf5Type.VariableUtf8));

    /// <summary>Attaches a list of texts.</summary>
    /// <param name="name">The attribute's name; one of that name is replaced.</param>
    /// <param name="values">The texts.</param>
    /// <param name="type">A type of text; null for <see cref="Hdf5Type.VariableUtf8"/>.</param>
    public void SetAttribute(string name, IReadOnlyList<string> values, Hdf5Type? type = null) =>
        Set(name, Hdf5Memory.Texts(AttributePlace(name), [values.Count], values, type ?? Hdf5Type.VariableUtf8));

    /// <summary>Attaches a number.</summary>
    /// <typeparam name="T">A floating-point or integer type of up to 8 bytes, which is also that in the file.</typeparam>
    /// <param name="name">The attribute's name; one of that name is replaced.</param>
    /// <param name="value">The number.</param>
    public void SetAttribute<T>(string name, T value) where T : unmanaged, INumber<T> =>
        Set(name, Hdf5Memory.Numbers<T>(AttributePlace(name), [], new[] { value }));

    /// <summary>Attaches an array of numbers.</summary>
    /// <typeparam name="T">A floating-point or integer type of up to 8 bytes, which is also that in the file.</typeparam>
    /// <param name="name">The attribute's name; one of that name is replaced.</param>
    /// <param name="shape">The length of each axis.</param>
    /// <param name="values">The elements in row-major order.</param>
    public void SetAttribute<T>(string name, ReadOnlySpan<int> shape, ReadOnlyMemory<T> values) where T : unmanaged, INumber<T> =>
        Set(name, Hdf5Memory.Numbers(AttributePlace(name), shape, values));

    internal string AttributePlace(string name) => $"attribute '{name}' of {Path}";

    internal void Set(string name, Hdf5Values values)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        attributes[name] = new Hdf5Attribute(name, values);
    }
}
