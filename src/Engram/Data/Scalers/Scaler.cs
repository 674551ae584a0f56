using System.Text;
using System.Text.Json;

namespace Engram.Data;

/// <summary>
/// Brings each column of a table to a range that a network learns well from, and back. Fit on the training rows alone: what a
/// scaler has seen of the test rows leaks into the model. The formulas are scikit-learn's; NaN is ignored when fitting and stays NaN.
/// </summary>
public abstract class Scaler
{
    /// <summary>The kind of scaler, as it stands in saved state, for example <c>StandardScaler</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The number of columns it was fitted on; 0 before.</summary>
    public int Columns { get; private set; }

    /// <summary>Whether <see cref="Fit(double[,])"/> has been called.</summary>
    public bool IsFitted => Columns > 0;

    /// <summary>Learns the columns' ranges.</summary>
    /// <param name="values">The training rows: (rows, columns). NaN is ignored.</param>
    /// <returns>This scaler.</returns>
    /// <exception cref="EngramException">There are no values, a column is NaN throughout, or a value is infinite.</exception>
    public Scaler Fit(double[,] values)
    {
        int columns = values.GetLength(1);
        if (values.Length == 0) { throw new EngramException($"{Name} cannot be fitted on no values: the table is {Shape.Format([values.GetLength(0), columns])}."); }
        var kept = new double[columns][];
        for (int column = 0; column < columns; column++) { kept[column] = Kept(values, column); }
        Allocate(columns);
        for (int column = 0; column < columns; column++) { FitColumn(column, kept[column]); }
        Columns = columns;
        return this;
    }

    /// <summary>Learns the range of a single column.</summary>
    /// <inheritdoc cref="Fit(double[,])"/>
    public Scaler Fit(ReadOnlySpan<double> values)
    {
        var table = new double[values.Length, 1];
        for (int row = 0; row < values.Length; row++) { table[row, 0] = values[row]; }
        return Fit(table);
    }

    /// <summary>The scaled table.</summary>
    /// <param name="values">The table: (rows, columns), as many columns as were fitted.</param>
    /// <exception cref="EngramException">The scaler is not fitted, or on another number of columns.</exception>
    public double[,] Transform(double[,] values) => Each(values, inverse: false);

    /// <summary>The table in its original units.</summary>
    /// <param name="values">The scaled table: (rows, columns), as many columns as were fitted.</param>
    /// <exception cref="EngramException">The scaler is not fitted, or on another number of columns, or a value has no original.</exception>
    public double[,] InverseTransform(double[,] values) => Each(values, inverse: true);

    /// <summary>The scaled values of one column.</summary>
    /// <param name="values">Values in original units.</param>
    /// <param name="column">The column they belong to; the first by default.</param>
    /// <exception cref="EngramException">The scaler is not fitted, or has no such column.</exception>
    public double[] Transform(ReadOnlySpan<double> values, int column = 0) => Each(values, column, inverse: false);

    /// <summary>One column's values in original units.</summary>
    /// <param name="values">Scaled values.</param>
    /// <param name="column">The column they belong to; the first by default.</param>
    /// <exception cref="EngramException">The scaler is not fitted, or has no such column, or a value has no original.</exception>
    public double[] InverseTransform(ReadOnlySpan<double> values, int column = 0) => Each(values, column, inverse: true);

    /// <summary>Writes kind, options and what was learnt as a JSON object.</summary>
    /// <exception cref="EngramException">The scaler is not fitted.</exception>
    public void WriteJson(Utf8JsonWriter json)
    {
        Demand(Columns);
        json.WriteStartObject();
        json.WriteString("scaler", Name);
        WriteState(json);
        json.WriteEndObject();
    }

    /// <summary>Kind, options and what was learnt as JSON text.</summary>
    /// <exception cref="EngramException">The scaler is not fitted.</exception>
    public string ToJson()
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory)) { WriteJson(json); }
        return Encoding.UTF8.GetString(memory.ToArray());
    }

    /// <summary>The scaler that <see cref="WriteJson"/> wrote.</summary>
    /// <exception cref="EngramException">The object is not a scaler's state; the message says what is wrong.</exception>
    public static Scaler FromJson(JsonElement json)
    {
        var state = new ScalerState(json);
        Scaler scaler = state.Text("scaler") switch
        {
            nameof(StandardScaler) => new StandardScaler(),
            nameof(MinMaxScaler) => new MinMaxScaler(state.Number("low"), state.Number("high")),
            nameof(RobustScaler) => new RobustScaler(),
            nameof(MaxAbsScaler) => new MaxAbsScaler(),
            nameof(PowerScaler) => new PowerScaler(),
            nameof(NoScaler) => new NoScaler(),
            string other => throw new EngramException($"'{other}' is no scaler. Known are StandardScaler, MinMaxScaler, RobustScaler, MaxAbsScaler, PowerScaler and NoScaler."),
        };
        scaler.Columns = scaler.ReadState(state);
        return scaler;
    }

    /// <summary>The scaler that <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="EngramException">The text is not a scaler's state; the message says what is wrong.</exception>
    public static Scaler FromJson(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return FromJson(document.RootElement);
        }
        catch (JsonException e) { throw new EngramException($"A scaler's state is not valid JSON: {e.Message}", e); }
    }

    /// <summary>Kind and number of columns, for the debugger.</summary>
    public override string ToString() => IsFitted ? $"{Name}, {Columns} columns" : $"{Name}, not fitted";

    /// <summary>Makes room for what is learnt of <paramref name="columns"/> columns.</summary>
    private protected abstract void Allocate(int columns);

    /// <summary>Learns one column from its values, at least one, all finite.</summary>
    private protected abstract void FitColumn(int column, double[] values);

    private protected abstract double Scale(int column, double value);

    private protected abstract double Unscale(int column, double value);

    private protected abstract void WriteState(Utf8JsonWriter json);

    /// <summary>Takes over saved state and returns the number of columns.</summary>
    private protected abstract int ReadState(ScalerState state);

    private double[] Kept(double[,] values, int column)
    {
        var kept = new List<double>(values.GetLength(0));
        for (int row = 0; row < values.GetLength(0); row++)
        {
            double value = values[row, column];
            if (double.IsInfinity(value)) { throw new EngramException($"{Name} cannot be fitted: row {row}, column {column} is infinite."); }
            if (!double.IsNaN(value)) { kept.Add(value); }
        }

        return kept.Count > 0 ? [.. kept] : throw new EngramException($"{Name} cannot be fitted: column {column} has no value but NaN.");
    }

    private double[,] Each(double[,] values, bool inverse)
    {
        Demand(values.GetLength(1));
        var result = new double[values.GetLength(0), values.GetLength(1)];
        for (int row = 0; row < result.GetLength(0); row++)
        {
            for (int column = 0; column < result.GetLength(1); column++)
            {
                result[row, column] = inverse ? Unscale(column, values[row, column]) : Scale(column, values[row, column]);
            }
        }

        return result;
    }

    private double[] Each(ReadOnlySpan<double> values, int column, bool inverse)
    {
        Demand(Columns);
        if ((uint)column >= (uint)Columns) { throw new EngramException($"{Name} has no column {column}: it was fitted on {Columns}, counted from 0."); }
        var result = new double[values.Length];
        for (int i = 0; i < result.Length; i++) { result[i] = inverse ? Unscale(column, values[i]) : Scale(column, values[i]); }
        return result;
    }

    private void Demand(int columns)
    {
        if (!IsFitted) { throw new EngramException($"{Name} is not fitted: call Fit with the training rows first."); }
        if (columns != Columns) { throw new EngramException($"{Name} was fitted on {Columns} columns, but the table has {columns}."); }
    }
}
