using System.Runtime.InteropServices;
using System.Text;
using Engram.Formats;

namespace Engram.Training;

/// <summary>
/// What a checkpoint keeps of a training run: numbers, texts and arrays by name. A <see cref="Callback"/> or a <see cref="Metric"/> that
/// counts something puts it in with <c>Set...</c> and takes it out again when a run is resumed, to the last bit.
/// </summary>
public sealed class TrainingState
{
    private readonly SortedDictionary<string, NamedArray> arrays;
    private readonly string prefix;
    private readonly string source;

    internal TrainingState(string source) : this(source, new SortedDictionary<string, NamedArray>(StringComparer.Ordinal), CheckpointFile.Prefix) { }

    private TrainingState(string source, SortedDictionary<string, NamedArray> arrays, string prefix) =>
        (this.source, this.arrays, this.prefix) = (source, arrays, prefix);

    /// <summary>Whether nothing is kept here.</summary>
    public bool IsEmpty => !arrays.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Whether there is something of a name.</summary>
    /// <param name="name">The name.</param>
    public bool Has(string name) => arrays.ContainsKey(prefix + name);

    /// <summary>A place of its own for something that has state itself; what is set there has names of its own.</summary>
    /// <param name="name">The name of the place.</param>
    public TrainingState Under(string name) => new(source, arrays, $"{prefix}{name}/");

    /// <summary>Keeps a whole number.</summary>
    /// <param name="name">The name, unique here.</param>
    /// <param name="value">The number.</param>
    public void SetInteger(string name, long value) => Add(new NamedArray(prefix + name, [], [value]));

    /// <summary>Keeps a number, which may be infinite or not a number.</summary>
    /// <param name="name">The name, unique here.</param>
    /// <param name="value">The number; null keeps nothing.</param>
    public void SetNumber(string name, double? value)
    {
        if (value is double number) { Add(new NamedArray(prefix + name, [], [number])); }
    }

    /// <summary>Keeps a text.</summary>
    /// <param name="name">The name, unique here.</param>
    /// <param name="value">The text.</param>
    public void SetText(string name, string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        Add(new NamedArray(prefix + name, [bytes.Length], bytes));
    }

    /// <summary>Keeps numbers.</summary>
    /// <param name="name">The name, unique here.</param>
    /// <param name="values">The numbers; copied.</param>
    public void SetFloats(string name, ReadOnlySpan<float> values) => Add(new NamedArray(prefix + name, [values.Length], values));

    /// <inheritdoc cref="SetFloats"/>
    public void SetDoubles(string name, ReadOnlySpan<double> values) => Add(new NamedArray(prefix + name, [values.Length], values));

    /// <summary>Keeps whole numbers.</summary>
    /// <param name="name">The name, unique here.</param>
    /// <param name="values">The numbers; copied.</param>
    public void SetIntegers(string name, ReadOnlySpan<long> values) => Add(new NamedArray(prefix + name, [values.Length], values));

    /// <summary>The whole number of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="least">What it must be at least.</param>
    /// <param name="most">What it must be at most.</param>
    /// <exception cref="EngramException">There is none, or it is out of its range.</exception>
    public long Integer(string name, long least = long.MinValue, long most = long.MaxValue)
    {
        long value = Scalar(name, ElementType.I64).ToInt64s()[0];
        return value >= least && value <= most ? value : throw Wrong(name, $"is {value}; it must be {(most == long.MaxValue ? $"at least {least}" : $"from {least} to {most}")}");
    }

    /// <summary>The number of a name, or null where nothing was kept.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="EngramException">What was kept is no number.</exception>
    public double? Number(string name) => Has(name) ? Scalar(name, ElementType.F64).ToDoubles()[0] : null;

    /// <summary>The text of a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="EngramException">There is none.</exception>
    public string Text(string name)
    {
        try { return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Get(name, ElementType.U8).Bytes); }
        catch (DecoderFallbackException e) { throw Wrong(name, $"is not valid UTF-8 (byte {e.Index})"); }
    }

    /// <summary>The numbers of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="length">How many there must be, or null for any number.</param>
    /// <exception cref="EngramException">There are none, or not so many.</exception>
    public float[] Floats(string name, int? length = null) => Checked(name, Get(name, ElementType.F32).ToFloats(), length);

    /// <inheritdoc cref="Floats"/>
    public double[] Doubles(string name, int? length = null) => Checked(name, Get(name, ElementType.F64).ToDoubles(), length);

    /// <summary>The whole numbers of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="length">How many there must be, or null for any number.</param>
    /// <exception cref="EngramException">There are none, or not so many.</exception>
    public long[] Integers(string name, int? length = null) => Checked(name, Get(name, ElementType.I64).ToInt64s(), length);

    /// <summary>The names that are kept here, in order, without the place's own.</summary>
    public IEnumerable<string> Names =>
        arrays.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..]);

    /// <summary>Everything, under full names.</summary>
    internal IReadOnlyCollection<NamedArray> Arrays => arrays.Values;

    /// <summary>Where it was read, for errors.</summary>
    internal string Source => source;

    internal void Add(NamedArray array)
    {
        if (!arrays.TryAdd(array.Name, array)) { throw new ArgumentException($"'{array.Name}' is kept twice; names must be unique.", nameof(array)); }
    }

    internal void SetTensor(string name, TensorBuffer value) => Add(new NamedArray(prefix + name, value.Axes, value.Span));

    /// <summary>Numbers that go where an array of the model is, with its shape; they are copied there by <see cref="Pending.Apply"/>.</summary>
    internal Pending Tensor(string name, TensorBuffer destination)
    {
        NamedArray array = Get(name, ElementType.F32);
        return array.Shape.Axes.SequenceEqual(destination.Axes)
            ? new Pending(array, destination)
            : throw Wrong(name, $"has the shape {array.Shape}; the model's is {Shape.Format(destination.Axes)}");
    }

    /// <summary>An array that states were carried in, whatever its shape.</summary>
    internal TensorBuffer NewTensor(string name)
    {
        NamedArray array = Get(name, ElementType.F32);
        var value = new TensorBuffer(array.Shape.Axes);
        value.CopyFrom(array.ToFloats());
        return value;
    }

    internal void SetOrder(string name, int[] values)
    {
        if (!BitConverter.IsLittleEndian) { throw new PlatformNotSupportedException("Checkpoints need a little-endian processor."); }
        Add(new NamedArray(prefix + name, ElementType.I32, [values.Length], MemoryMarshal.AsBytes(values.AsSpan())));
    }

    /// <summary>Whole numbers that count something.</summary>
    internal int[] Counts(string name, int length, int least = 0)
    {
        long[] values = Integers(name, length);
        foreach (long value in values)
        {
            if (value < least || value > int.MaxValue) { throw Wrong(name, $"holds {value}; it must hold numbers from {least} to {int.MaxValue}"); }
        }

        return [.. values.Select(value => (int)value)];
    }

    internal int[] Order(string name) => [.. Get(name, ElementType.I32).ToInt64s().Select(value => (int)value)];

    internal EngramException Wrong(string name, string what) => new($"{source}: '{prefix}{name}' {what}.");

    private NamedArray Scalar(string name, ElementType type)
    {
        NamedArray array = Get(name, type);
        return array.Length == 1 ? array : throw Wrong(name, $"holds {array.Length} numbers; it must hold one");
    }

    private NamedArray Get(string name, ElementType type)
    {
        if (!arrays.TryGetValue(prefix + name, out NamedArray? array)) { throw Wrong(name, "is missing"); }
        return array.Type == type ? array : throw Wrong(name, $"holds {array.Type}; it must hold {type}");
    }

    private T[] Checked<T>(string name, T[] values, int? length) => length is null || values.Length == length
        ? values
        : throw Wrong(name, $"holds {values.Length} numbers; it must hold {length}");

    /// <summary>Numbers that were checked, and where they go.</summary>
    internal readonly struct Pending(NamedArray array, TensorBuffer destination)
    {
        public void Apply() => destination.CopyFrom(array.ToFloats());
    }
}
