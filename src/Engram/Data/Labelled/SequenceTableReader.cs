namespace Engram.Data;

/// <summary>Turns a table in long form into sequences: chooses columns, gathers the rows of each sequence, orders them by time and takes the class that all its rows name.</summary>
internal sealed class SequenceTableReader(CsvTable table, SequenceColumns columns)
{
    private static readonly string[] LabelNames = ["label", "class", "category", "target", "y"];

    public LabelledSequences Read(IReadOnlyList<string>? classes)
    {
        if (table.RowCount == 0) { throw new EngramException($"{table.Name}: there are no rows below the header."); }
        int id = table.Find(columns.Id), label = columns.IsLabelled ? LabelColumn(id) : -1;
        double[]? times = columns.Time is null ? null : Times(table.Find(columns.Time));
        int[] features = Features([id, label, columns.Time is null ? -1 : table.Find(columns.Time)]);
        double[][] numbers = [.. features.Select(Numbers)];
        List<(string Name, int[] Rows)> groups = table.RowsBy(id);
        string[] labels = label < 0 ? [] : [.. groups.Select(group => LabelOf(group.Name, group.Rows, label, classes))];
        var filler = new MissingFiller(table, columns.Missing, []);
        int missing = 0;
        float[][,] sequences = [.. groups.Select(group => Sequence(group.Name, Ordered(group.Name, group.Rows, times), features, numbers, times, filler, ref missing))];
        string[] known = label < 0 ? [] : [.. classes ?? [.. labels.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]];
        string how = columns.Missing switch { MissingValues.Interpolate => "interpolated linearly", MissingValues.Previous => "given the value before", _ => "set to zero" };
        return new LabelledSequences(sequences, [.. labels.Select(one => (float)Array.IndexOf(known, one))], known)
        {
            Names = [.. groups.Select(group => group.Name)],
            FeatureNames = [.. features.Select(column => table.Columns[column])],
            Notes = missing == 0 ? [] : [$"{missing} values were missing and were {how}."],
        };
    }

    private int LabelColumn(int id)
    {
        if (columns.Label is { } named) { return table.Find(named); }
        int usual = table.FindUsual(LabelNames, id);
        return usual >= 0 ? usual : throw new EngramException($"{table.Name}: it is not clear which column has the labels; the columns are {string.Join(", ", table.Columns)}. Name the label column.");
    }

    // Numbers, or dates as seconds.
    private double[] Times(int column)
    {
        var numbers = NumberColumn.Read(table, column, decimalMark: null);
        double[] times = numbers.Kind == ColumnKind.Read ? numbers.Values
            : TimeColumn.Read(table, column, format: null) is { Kind: ColumnKind.Read } read ? [.. read.Times.Select(time => (double)time.Ticks / TimeSpan.TicksPerSecond)]
            : throw new EngramException($"{numbers.Problem} A column of times has numbers, or dates that are all written alike.");
        int empty = Array.FindIndex(times, double.IsNaN);
        return empty < 0 ? times : throw new EngramException($"{table.Name}, line {table.Line(empty)}: '{table.Columns[column]}' is empty; every row must say when it was.");
    }

    private int[] Features(int[] taken)
    {
        if (columns.Features.Count == 0)
        {
            int[] others = [.. Enumerable.Range(0, table.Columns.Count).Except(taken)];
            return others.Length > 0 ? others : throw new EngramException($"{table.Name}: no column is left for the numbers of a step; the columns are {string.Join(", ", table.Columns)}.");
        }

        int[] named = [.. columns.Features.Select(table.Find)];
        int clash = Array.FindIndex(named, column => taken.Contains(column) || named.Count(other => other == column) > 1);
        return clash < 0 ? named : throw new EngramException($"{table.Name}: the feature '{columns.Features[clash]}' is named twice, or is the sequence, the time or the label as well.");
    }

    private double[] Numbers(int column)
    {
        var read = NumberColumn.Read(table, column, decimalMark: null);
        return read.Kind == ColumnKind.Read
            ? read.Values
            : throw new EngramException(columns.Features.Count > 0 ? read.Problem : $"{read.Problem} All columns but those of sequence, time and label are features; name the features where that is not so.");
    }

    private string LabelOf(string name, int[] rows, int column, IReadOnlyList<string>? classes)
    {
        string label = table[rows[0], column];
        foreach (int row in rows)
        {
            string cell = table[row, column];
            string where = $"{table.Name}, line {table.Line(row)}: '{table.Columns[column]}' of the sequence '{name}'";
            if (cell.Length == 0) { throw new EngramException($"{where} is empty; each row names the class of its sequence. Leave out sequences whose class is not known."); }
            if (cell != label) { throw new EngramException($"{where} changes from '{label}' to '{cell}', but a sequence is of one class. Where the class changes, give the parts names of their own."); }
        }

        return classes is null || classes.Contains(label, StringComparer.Ordinal)
            ? label
            : throw new EngramException($"{table.Name}, line {table.Line(rows[0])}: the sequence '{name}' is of the class '{label}', which is none of {string.Join(", ", classes)}.");
    }

    private int[] Ordered(string name, int[] rows, double[]? times)
    {
        if (times is null) { return rows; }
        int[] order = [.. rows.OrderBy(row => times[row])];
        for (int i = 1; i < order.Length; i++)
        {
            if (times[order[i]] == times[order[i - 1]])
            {
                throw new EngramException($"{table.Name}: the sequence '{name}' has {table[order[i], table.Find(columns.Time!)]} twice, on lines {table.Line(order[i - 1])} and {table.Line(order[i])}; a sequence has one step for each time.");
            }
        }

        return order;
    }

    private float[,] Sequence(string name, int[] rows, int[] features, double[][] numbers, double[]? times, MissingFiller filler, ref int missing)
    {
        var sequence = new float[rows.Length, features.Length]; // (timeSteps, features)
        double[] positions = [.. rows.Select((row, step) => times is null ? step : times[row])];
        for (int f = 0; f < features.Length; f++)
        {
            double[] values = [.. rows.Select(row => numbers[f][row])];
            missing += values.Count(double.IsNaN);
            filler.Fill($"{table.Columns[features[f]]}' of the sequence '{name}", values, positions, step => $"line {table.Line(rows[step])}");
            for (int step = 0; step < values.Length; step++)
            {
                sequence[step, f] = (float)values[step];
                if (!float.IsFinite(sequence[step, f])) { throw new EngramException($"{table.Name}, line {table.Line(rows[step])}: '{table.Columns[features[f]]}' is {values[step]}, beyond what single precision holds."); }
            }
        }

        return sequence;
    }
}
