namespace Engram.Formats.Hdf5;

/// <summary>An array of an HDF5 file, or one that is to be written. The elements are read from the file when they are asked for.</summary>
internal sealed class Hdf5Dataset : Hdf5Object
{
    private readonly Hdf5Values values;

    internal Hdf5Dataset(string path, Hdf5Values values) : base(path) => this.values = values;

    /// <summary>The type of the elements.</summary>
    public Hdf5Type Type => values.Type;

    /// <summary>The length of each axis; none for a scalar.</summary>
    public IReadOnlyList<long> Shape => values.Shape;

    /// <summary>The number of elements; 0 for the dataset without any (a null dataspace).</summary>
    public long Count => values.Count;

    internal Hdf5Values Values => values;

    /// <summary>Reads all elements as 32-bit floats, whatever type of number they are; wider ones are rounded to the nearest.</summary>
    /// <param name="destination">Filled in row-major order; its length must be <see cref="Count"/>.</param>
    /// <returns>Whether all of them are finite.</returns>
    /// <exception cref="EngramException">The elements are not numbers, or the file is damaged there.</exception>
    public bool ReadFloats(Span<float> destination) => values.ReadFloats(destination);

    /// <summary>All elements as 64-bit floats, in row-major order.</summary>
    /// <exception cref="EngramException">The elements are not numbers, or the file is damaged there.</exception>
    public double[] ReadDoubles() => values.ReadDoubles();

    /// <summary>All elements of an array of integers, in row-major order.</summary>
    /// <exception cref="EngramException">The elements are not integers, one does not fit, or the file is damaged there.</exception>
    public long[] ReadIntegers() => values.ReadIntegers();

    /// <summary>All elements of an array of texts, in row-major order.</summary>
    /// <exception cref="EngramException">The elements are not texts, or the file is damaged there.</exception>
    public string[] ReadStrings() => values.ReadStrings();
}
