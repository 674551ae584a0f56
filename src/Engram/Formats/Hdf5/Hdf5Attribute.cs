namespace Engram.Formats.Hdf5;

/// <summary>A named value that is attached to a group or dataset.</summary>
internal sealed class Hdf5Attribute
{
    private readonly Hdf5Values values;

    internal Hdf5Attribute(string name, Hdf5Values values)
    {
        Name = name;
        this.values = values;
    }

    /// <summary>The attribute's name.</summary>
    public string Name { get; }

    /// <summary>The type of the elements.</summary>
    public Hdf5Type Type => values.Type;

    /// <summary>The length of each axis; none for a scalar.</summary>
    public IReadOnlyList<long> Shape => values.Shape;

    /// <summary>The number of elements; 0 for an attribute without any (a null dataspace).</summary>
    public long Count => values.Count;

    internal Hdf5Values Values => values;

    /// <summary>The text of an attribute that holds one.</summary>
    /// <exception cref="EngramException">The attribute is not one text, or the file is damaged there.</exception>
    public string Text => ReadStrings() is [string text] ? text : throw values.Error($"holds {Count} texts", "one text is expected");

    /// <summary>All elements as 64-bit floats, in row-major order.</summary>
    /// <exception cref="EngramException">The elements are not numbers, or the file is damaged there.</exception>
    public double[] ReadDoubles() => values.ReadDoubles();

    /// <summary>All elements of an attribute of integers, in row-major order.</summary>
    /// <exception cref="EngramException">The elements are not integers, one does not fit, or the file is damaged there.</exception>
    public long[] ReadIntegers() => values.ReadIntegers();

    /// <summary>All elements of an attribute of texts, in row-major order; none where the attribute has no elements, of whatever type.</summary>
    /// <exception cref="EngramException">The elements are not texts, or the file is damaged there.</exception>
    public string[] ReadStrings() => Count == 0 ? [] : values.ReadStrings(); // Keras writes an empty list of names as no numbers
}
