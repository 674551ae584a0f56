using System.Globalization;

namespace Engram.Formats.Onnx.Import;

/// <summary>
/// The length of an axis while a graph is read: a number times lengths that are known only when the graph runs, one letter for each.
/// </summary>
internal readonly record struct Dim(long Factor, string Symbols)
{
    /// <summary>The letter of the batch.</summary>
    public const char BatchSymbol = 'B';

    public static Dim One { get; } = new(1, "");

    public static Dim Batch { get; } = new(1, "B");

    public bool IsKnown => Symbols.Length == 0;

    public bool IsBatch => this == Batch;

    public static Dim Of(long length) => new(length, "");

    public static Dim Product(IEnumerable<Dim> dims) => dims.Aggregate(One, (product, dim) => product * dim);

    public static Dim operator *(Dim a, Dim b) => new(checked(a.Factor * b.Factor), string.Concat((a.Symbols + b.Symbols).Order()));

    /// <summary>This divided by another, or null where that is no whole number for certain.</summary>
    public Dim? DividedBy(Dim other)
    {
        if (other.Factor == 0 || Factor % other.Factor != 0) { return null; }
        string left = Symbols;
        foreach (char symbol in other.Symbols)
        {
            int at = left.IndexOf(symbol, StringComparison.Ordinal);
            if (at < 0) { return null; }
            left = left.Remove(at, 1);
        }

        return new Dim(Factor / other.Factor, left);
    }

    public override string ToString() => IsKnown
        ? Factor.ToString(CultureInfo.InvariantCulture)
        : Factor == 1 ? Symbols : string.Create(CultureInfo.InvariantCulture, $"{Factor}{Symbols}");
}
