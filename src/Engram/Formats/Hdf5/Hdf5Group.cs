using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Engram.Formats.Hdf5;

/// <summary>The elements of an array that is about to be written, where they lie.</summary>
internal delegate ReadOnlySpan<float> Hdf5View();

/// <summary>A group of an HDF5 file, or of one that is to be written: named groups and datasets, like a folder.</summary>
internal sealed class Hdf5Group : Hdf5Object
{
    private readonly OrderedDictionary<string, Hdf5Object> children = new(StringComparer.Ordinal);
    private readonly string file;

    /// <summary>Creates the root of a file that is to be written.</summary>
    public Hdf5Group() : this("/", "new file") { }

    internal Hdf5Group(string path, string file) : base(path) => this.file = file;

    /// <summary>The groups and datasets by name, in the order of the file (by name, unless the file keeps the order of creation).</summary>
    public IReadOnlyDictionary<string, Hdf5Object> Children => children;

    /// <summary>The groups in this one, in order.</summary>
    public IEnumerable<Hdf5Group> Groups => children.Values.OfType<Hdf5Group>();

    /// <summary>The datasets in this group, in order.</summary>
    public IEnumerable<Hdf5Dataset> Datasets => children.Values.OfType<Hdf5Dataset>();

    /// <summary>The last part of the path; empty for the root.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>The group at a path, such as <c>layers/lstm/cell</c>, seen from this group.</summary>
    /// <exception cref="EngramException">There is none.</exception>
    public Hdf5Group Group(string path) => TryGetGroup(path, out Hdf5Group? group) ? group : throw Missing("group", path);

    /// <summary>The dataset at a path, such as <c>layers/lstm/cell/vars/0</c>, seen from this group.</summary>
    /// <exception cref="EngramException">There is none.</exception>
    public Hdf5Dataset Dataset(string path) => TryGetDataset(path, out Hdf5Dataset? dataset) ? dataset : throw Missing("dataset", path);

    /// <summary>The group at a path, if there is one.</summary>
    public bool TryGetGroup(string path, [NotNullWhen(true)] out Hdf5Group? group) => (group = Find(path) as Hdf5Group) is not null;

    /// <summary>The dataset at a path, if there is one.</summary>
    public bool TryGetDataset(string path, [NotNullWhen(true)] out Hdf5Dataset? dataset) => (dataset = Find(path) as Hdf5Dataset) is not null;

    /// <summary>Adds a group.</summary>
    /// <param name="name">Its name, without <c>/</c>.</param>
    public Hdf5Group AddGroup(string name)
    {
        var group = new Hdf5Group(Join(name), file);
        Add(name, group);
        return group;
    }

    /// <summary>Adds an array of numbers.</summary>
    /// <typeparam name="T">A floating-point or integer type of up to 8 bytes, which is also that in the file.</typeparam>
    /// <param name="name">Its name, without <c>/</c>.</param>
    /// <param name="shape">The length of each axis; none for a scalar.</param>
    /// <param name="values">The elements in row-major order; not copied, read when the file is written.</param>
    public Hdf5Dataset AddDataset<T>(string name, ReadOnlySpan<int> shape, ReadOnlyMemory<T> values) where T : unmanaged, INumber<T> =>
        Add(name, Hdf5Memory.Numbers(Join(name), shape, values));

    /// <summary>Adds an array of 32-bit floats that are written from where they lie, without a copy.</summary>
    /// <param name="name">Its name, without <c>/</c>.</param>
    /// <param name="shape">The length of each axis; none for a scalar.</param>
    /// <param name="view">Called whenever the elements, in row-major order, are needed.</param>
    public Hdf5Dataset AddDataset(string name, ReadOnlySpan<int> shape, Hdf5View view) => Add(name, Hdf5Memory.Viewed(Join(name), shape, view));

    /// <summary>Adds one number.</summary>
    /// <typeparam name="T">A floating-point or integer type of up to 8 bytes, which is also that in the file.</typeparam>
    /// <param name="name">Its name, without <c>/</c>.</param>
    /// <param name="value">The number.</param>
    public Hdf5Dataset AddScalar<T>(string name, T value) where T : unmanaged, INumber<T> =>
        Add(name, Hdf5Memory.Numbers<T>(Join(name), [], new[] { value }));

    internal void Add(string name, Hdf5Object child)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Contains('/', StringComparison.Ordinal) || name is "." or ".." || name.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{name}' is not a name of one object: '/', zero characters and the names '.' and '..' are not allowed.", nameof(name));
        }

        if (!children.TryAdd(name, child)) { throw new ArgumentException($"{Path} has an object named '{name}' already.", nameof(name)); }
    }

    internal string Join(string name) => Path == "/" ? $"/{name}" : $"{Path}/{name}";

    private Hdf5Dataset Add(string name, Hdf5Values values)
    {
        var dataset = new Hdf5Dataset(Join(name), values);
        Add(name, dataset);
        return dataset;
    }

    private Hdf5Object? Find(string path)
    {
        Hdf5Object? found = this;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            found = (found as Hdf5Group)?.children.GetValueOrDefault(name);
        }

        return found;
    }

    private EngramException Missing(string kind, string path) => new(
        $"{file}: {Join(path)}: there is no such {kind}. {Path} has: {string.Join(", ", children.Keys.Take(50))}{(children.Count > 50 ? ", ..." : ".")}");
}
