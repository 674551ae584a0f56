using System.Globalization;

namespace Engram.Data;

/// <summary>Fills in the missing values of a column by a policy and says so.</summary>
internal sealed class MissingFiller(CsvTable table, MissingValues policy, List<string> notes)
{
    /// <summary>Fills in a column in place.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="values">The values; NaN where one is missing.</param>
    /// <param name="positions">Where each value lies in time, for the interpolation.</param>
    /// <param name="place">A row in words.</param>
    public void Fill(string name, double[] values, double[] positions, Func<int, string> place)
    {
        int[] missing = [.. Enumerable.Range(0, values.Length).Where(row => double.IsNaN(values[row]))];
        if (missing.Length == 0) { return; }
        string what = string.Create(CultureInfo.InvariantCulture,
            $"column '{name}': {missing.Length} of {values.Length} values ({100.0 * missing.Length / values.Length:0.#} %) are missing ({string.Join(", ", missing.Take(10).Select(place))}{(missing.Length > 10 ? ", ..." : "")})");
        if (policy == MissingValues.Refuse) { throw new EngramException($"{table.Name}: {what}."); }

        bool firstMissing = missing[0] == 0;
        bool lastMissing = missing[^1] == values.Length - 1;
        if (policy != MissingValues.Zero && (firstMissing || (policy == MissingValues.Interpolate && lastMissing)))
        {
            throw new EngramException($"{table.Name}: {what}, among them the {(firstMissing ? "first" : "last")}, which has no neighbour to fill it in from. Complete the column or leave it out.");
        }

        int before = -1;
        for (int row = 0; row < values.Length; row++)
        {
            if (!double.IsNaN(values[row]))
            {
                before = row;
                continue;
            }

            int after = row;
            while (policy == MissingValues.Interpolate && double.IsNaN(values[after])) { after++; }
            double a = before < 0 ? 0 : values[before];
            for (int gap = row; policy == MissingValues.Interpolate && gap < after; gap++)
            {
                values[gap] = a + ((values[after] - a) * ((positions[gap] - positions[before]) / (positions[after] - positions[before])));
            }

            if (policy == MissingValues.Previous) { values[row] = a; }
            if (policy == MissingValues.Zero) { values[row] = 0; }
        }

        string how = policy switch { MissingValues.Interpolate => "interpolated linearly", MissingValues.Previous => "given the value before", _ => "set to zero" };
        notes.Add($"{char.ToUpperInvariant(what[0])}{what[1..]} and were {how}.");
    }
}
