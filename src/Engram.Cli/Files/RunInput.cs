using System.Globalization;
using Engram.Data;
using Engram.Formats;

namespace Engram.Cli.Files;

/// <summary>The arrays that go into a model, from a file.</summary>
internal static class RunInput
{
    private const string InputPrefix = "input.", OutputPrefix = "output.";

    /// <summary>
    /// Reads a file and finds the array of each input: <c>input.0</c>, <c>input.NAME</c>, <c>NAME</c>, or the only one where there is one. Arrays
    /// <c>output.*</c> are left aside: a file may hold both sides.
    /// </summary>
    public static IReadOnlyList<NamedArray> Read(string path, RunnableModel model)
    {
        if (Path.GetExtension(path).Equals(".csv", StringComparison.OrdinalIgnoreCase)) { return [ReadCsv(path, model)]; }
        if (ModelFile.KindOf(path) is not (FileKind.Npy or FileKind.Npz or FileKind.Safetensors)) { throw new EngramException($"{path}: is {FileText.Kind(ModelFile.KindOf(path))}; inputs are read from .npy, .npz, .safetensors and .csv."); }
        List<NamedArray> left = [.. ModelFile.Arrays(path).Where(array => !array.Name.StartsWith(OutputPrefix, StringComparison.Ordinal))];
        IReadOnlyList<string> names = model.InputNames;
        var found = new NamedArray[names.Count];
        if (names.Count == 1 && left.Count == 1)
        {
            found[0] = left[0];
            left.Clear();
        }
        else
        {
            for (int i = 0; i < names.Count; i++) { found[i] = Take(left, path, names, i); }
        }

        if (left.Count > 0)
        {
            throw new EngramException($"{path}: the array '{left[0].Name}' is no input of the model; it takes {string.Join(", ", names)}. Name the arrays so, or {InputPrefix}0, {InputPrefix}1, ...");
        }

        return ByShape(found, model.InputShapes);
    }

    private static NamedArray Take(List<NamedArray> left, string path, IReadOnlyList<string> names, int i)
    {
        string number = i.ToString(CultureInfo.InvariantCulture);
        foreach (string name in (string[])[InputPrefix + names[i], names[i], InputPrefix + number, $"arr_{number}"])
        {
            if (left.FirstOrDefault(array => array.Name == name) is { } array)
            {
                left.Remove(array);
                return array;
            }
        }

        throw new EngramException($"{path}: there is no array for the input '{names[i]}'; expected '{InputPrefix}{number}' or '{names[i]}'. The file has {string.Join(", ", left.Select(array => array.Name))}.");
    }

    // Numbers count the inputs as whoever wrote the file did, which need not be the model's order. Where only one order has fitting shapes, it is that.
    private static NamedArray[] ByShape(NamedArray[] arrays, IReadOnlyList<Shape>? shapes)
    {
        if (shapes is null || Fits(arrays, shapes)) { return arrays; }
        NamedArray[][] orders = [.. Orders(arrays).Where(order => Fits(order, shapes)).Take(2)];
        return orders.Length == 1 && arrays.All(array => array.Name.StartsWith(InputPrefix, StringComparison.Ordinal)) ? orders[0] : arrays;
    }

    private static bool Fits(NamedArray[] arrays, IReadOnlyList<Shape> shapes) => !arrays.Where((array, i) => !shapes[i].Accepts(array.Shape.Axes)).Any();

    private static IEnumerable<NamedArray[]> Orders(NamedArray[] arrays)
    {
        const int Most = 6; // 720 orders
        if (arrays.Length > Most) { return []; }
        return arrays.Length == 1 ? [arrays] : arrays.SelectMany(first => Orders([.. arrays.Where(array => array != first)]).Select(rest => (NamedArray[])[first, .. rest]));
    }

    // A row is a sample; or a step, where the model reads sequences of as many features as there are columns.
    private static NamedArray ReadCsv(string path, RunnableModel model)
    {
        if (model.InputNames.Count > 1) { throw new EngramException($"{path}: a CSV file holds one input, and the model takes {model.InputNames.Count} ({string.Join(", ", model.InputNames)}); use .npz or .safetensors."); }
        CsvTable table = CsvTable.Read(path);
        (int rows, int columns) = (table.RowCount, table.Columns.Count);
        var values = new float[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                if (!float.TryParse(table[row, column], NumberStyles.Float, CultureInfo.InvariantCulture, out values[(row * columns) + column]))
                {
                    throw new EngramException($"{path}: line {table.Line(row)}, {table.Columns[column]}: '{table[row, column]}' is no number.");
                }
            }
        }

        int[]? axes = model.InputShapes?[0] switch
        {
            null => [rows, columns],
            { Rank: 1 } => columns == 1 ? [rows] : null,
            { Rank: 2 } shape => shape[1] == Shape.Unknown || shape[1] == columns ? [rows, columns] : null,
            { Rank: 3 } shape when shape[2] == columns && (shape[1] == Shape.Unknown || shape[1] == rows) => [1, rows, columns],
            { Rank: 3 } shape when shape[2] > 0 && columns % shape[2] == 0 && (shape[1] == Shape.Unknown || shape[1] * shape[2] == columns) => [rows, columns / shape[2], shape[2]],
            { Rank: 3 } shape when shape[2] == columns && rows % shape[1] == 0 => [rows / shape[1], shape[1], columns],
            _ => null,
        };
        return axes is not null
            ? new NamedArray("input.0", axes, values)
            : throw new EngramException($"{path}: {rows} rows of {columns} columns do not fill the model's input {model.InputShapes![0]}. A row is a sample, or a time step where the columns are the features.");
    }
}
