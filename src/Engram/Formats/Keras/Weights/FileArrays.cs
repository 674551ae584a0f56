using System.Globalization;
using Engram.Formats.Hdf5;

namespace Engram.Formats.Keras.Weights;

/// <summary>
/// The arrays of a file, each of which must be taken, and the places in a model where those taken will go. Nothing in the model changes
/// before <see cref="Deliver"/>, and then all of it or nothing.
/// </summary>
internal sealed class FileArrays
{
    private readonly string file;
    private readonly OrderedDictionary<string, Hdf5Dataset> left = new(StringComparer.Ordinal);
    private readonly List<(Hdf5Dataset Array, TensorBuffer Place)> taken = [];

    public FileArrays(Hdf5Group root, string file)
    {
        this.file = file;
        Collect(root);
    }

    /// <summary>The paths of the arrays that are not taken yet, without the leading slash.</summary>
    public IEnumerable<string> Paths => left.Keys;

    /// <summary>Whether there is an array at a path, not taken yet.</summary>
    public bool Has(string path) => left.ContainsKey(path);

    /// <summary>Whether there is an array below a path, not taken yet.</summary>
    public bool HasBelow(string path) => left.Keys.Any(key => key.StartsWith(path, StringComparison.Ordinal));

    /// <summary>A path of several parts as this class has paths.</summary>
    public static string Join(string prefix, params ReadOnlySpan<string> parts) => prefix + string.Join('/', parts!).Replace('\\', '/').TrimStart('/');

    /// <summary>Whether the array at a path, not taken yet, has the shape of a place.</summary>
    public bool Fits(string path, TensorBuffer place) => left.TryGetValue(path, out Hdf5Dataset? array) && SameShape(array, place);

    /// <summary>An error at a place of the file.</summary>
    public EngramException Error(string path, string message) => new($"{file}: /{path}: {message}");

    /// <summary>Takes an array out.</summary>
    /// <exception cref="EngramException">There is none of that path.</exception>
    public Hdf5Dataset Take(string path, string what) => left.Remove(path, out Hdf5Dataset? array) ? array : throw Error(path, $"{what} is missing.");

    /// <summary>Takes an array that is to go into the model.</summary>
    /// <param name="path">Where it is in the file.</param>
    /// <param name="place">Where it goes.</param>
    /// <param name="what">What it is, for errors.</param>
    /// <exception cref="EngramException">There is none of that path, it is not of numbers, or its shape is another.</exception>
    public void Take(string path, TensorBuffer place, string what)
    {
        Hdf5Dataset array = Take(path, what);
        if (array.Type.Class is not (Hdf5Class.Float or Hdf5Class.Integer)) { throw Error(path, $"holds {array.Type}; {what} needs numbers."); }
        if (!SameShape(array, place))
        {
            string shape = array.Shape.Count == 1 ? $"({array.Shape[0]},)" : $"({string.Join(", ", array.Shape)})";
            throw Error(path, $"has the shape {shape}; {what} of the model has {Shape.Format(place.Axes)}.");
        }

        taken.Add((array, place));
    }

    /// <summary>Leaves out arrays that a model has no use for.</summary>
    /// <returns>How many there were.</returns>
    public int Ignore(Predicate<string> path)
    {
        string[] ignored = [.. left.Keys.Where(key => path(key))];
        foreach (string key in ignored) { left.Remove(key); }
        return ignored.Length;
    }

    /// <summary>Makes sure that every array was taken.</summary>
    /// <exception cref="EngramException">The model has no place for one.</exception>
    public void RequireAllTaken()
    {
        if (left.Count > 0) { throw Error(left.Keys.First(), $"the model has no place for this array{(left.Count > 1 ? $", nor for {left.Count - 1} more" : "")}."); }
    }

    /// <summary>Reads what was taken and puts it into the model.</summary>
    /// <param name="directly">
    /// Whether the numbers go where they belong as they are read, which saves the memory of a second copy: for a model that nobody keeps if
    /// reading fails.
    /// </param>
    /// <returns>What is to be said: the arrays with numbers that are not finite.</returns>
    public List<string> Deliver(bool directly)
    {
        var warnings = new List<string>();
        if (directly)
        {
            foreach ((Hdf5Dataset array, TensorBuffer place) in taken) { Read(array, place.Span, warnings); }
            return warnings;
        }

        float[][] values = [.. taken.Select(entry =>
        {
            var read = new float[entry.Place.Length];
            Read(entry.Array, read, warnings);
            return read;
        })];
        for (int i = 0; i < values.Length; i++) { taken[i].Place.CopyFrom(values[i]); }
        return warnings;
    }

    private void Read(Hdf5Dataset array, Span<float> values, List<string> warnings)
    {
        if (array.ReadFloats(values)) { return; }
        int bad = 0;
        foreach (float value in values) { bad += float.IsFinite(value) ? 0 : 1; }
        string path = array.Path.TrimStart('/');
        if (array.Type.Size == sizeof(double) && Array.Find(array.ReadDoubles(), number => double.IsFinite(number) && float.IsInfinity((float)number)) is var large && large != 0)
        {
            throw Error(path, $"holds {large.ToString("R", CultureInfo.InvariantCulture)}, which no 32-bit number can hold.");
        }

        warnings.Add(Error(path, $"{bad} of {values.Length} numbers are not finite.").Message);
    }

    private static bool SameShape(Hdf5Dataset array, TensorBuffer place)
    {
        if (array.Shape.Count != place.Rank) { return false; }
        for (int i = 0; i < place.Rank; i++)
        {
            if (array.Shape[i] != place[i]) { return false; }
        }

        return true;
    }

    // Keras 2 on Windows joined the parts of paths with backslashes, which then are parts of names.
    private void Collect(Hdf5Group group)
    {
        foreach (Hdf5Dataset array in group.Datasets)
        {
            string path = array.Path.Replace('\\', '/').TrimStart('/');
            if (!left.TryAdd(path, array)) { throw Error(path, "stands there twice."); }
        }

        foreach (Hdf5Group inner in group.Groups) { Collect(inner); }
    }
}
