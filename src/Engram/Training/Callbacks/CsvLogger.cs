using System.Globalization;
using System.Text;

namespace Engram.Training;

/// <summary>
/// Writes the figures of each epoch to a text file: a header, then one line for each epoch. The file is replaced as a whole after each
/// epoch, so that it is complete whenever one looks, also after a crash.
/// </summary>
public sealed class CsvLogger : Callback
{
    private const string Missing = "NA";

    private readonly string path;
    private readonly List<Dictionary<string, string>> lines = [];
    private readonly SortedSet<string> columns = new(StringComparer.Ordinal);

    /// <summary>Creates the callback.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    public CsvLogger(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        this.path = path;
    }

    /// <summary>What stands between two figures: comma, semicolon or tabulator. Default a comma.</summary>
    /// <exception cref="ArgumentException">It is another.</exception>
    public char Separator
    {
        get;
        init => field = value is ',' or ';' or '\t'
            ? value
            : throw new ArgumentException($"The separator must be a comma, a semicolon or a tabulator, not '{value}'.", nameof(Separator));
    } = ',';

    /// <summary>Whether lines are added to those that the file has. Default false: the file is begun anew.</summary>
    public bool Append { get; init; }

    /// <inheritdoc/>
    /// <exception cref="EngramException">The file that is to be added to is not one of this callback's.</exception>
    public override void OnTrainBegin(TrainingRun run)
    {
        lines.Clear();
        columns.Clear();
        if (Append && File.Exists(path)) { Load(path, File.ReadAllLines(path)); }
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs)
    {
        var line = new Dictionary<string, string> { ["epoch"] = epoch.ToString(CultureInfo.InvariantCulture) };
        foreach ((string name, double value) in logs)
        {
            columns.Add(name);
            line[name] = value.ToString("R", CultureInfo.InvariantCulture);
        }

        lines.Add(line);
        AtomicFile.WriteText(path, Text());
    }

    /// <inheritdoc/>
    public override void SaveState(TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.SetText("table", Text());
    }

    /// <inheritdoc/>
    public override void LoadState(TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        lines.Clear();
        columns.Clear();
        Load(state.Source, state.Text("table").Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private string Text()
    {
        string[] header = ["epoch", .. columns];
        StringBuilder text = new StringBuilder().AppendJoin(Separator, header).Append('\n');
        foreach (Dictionary<string, string> line in lines)
        {
            text.AppendJoin(Separator, header.Select(column => line.GetValueOrDefault(column, Missing))).Append('\n');
        }

        return text.ToString();
    }

    private void Load(string source, string[] text)
    {
        if (text.Length == 0) { return; }
        string[] header = text[0].Split(Separator);
        if (header[0] != "epoch")
        {
            throw new EngramException($"{source}, line 1: expected a header that begins with 'epoch{Separator}', got '{text[0]}'.");
        }
        if (header.Distinct().Count() != header.Length) { throw new EngramException($"{source}, line 1: a figure stands twice in the header '{text[0]}'."); }
        foreach (string name in header[1..]) { columns.Add(name); }
        for (int i = 1; i < text.Length; i++)
        {
            string[] values = text[i].Split(Separator);
            if (values.Length != header.Length)
            {
                throw new EngramException($"{source}, line {i + 1}: expected {header.Length} figures as in the header, got {values.Length}.");
            }
            lines.Add(header.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second));
        }
    }
}
