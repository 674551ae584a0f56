using System.Collections.ObjectModel;
using System.Runtime.InteropServices;

namespace Engram.Training;

/// <summary>What training reported: each figure, epoch by epoch.</summary>
public sealed class History
{
    private readonly Dictionary<string, List<double>> figures = [];
    private readonly List<string> messages = [];

    /// <summary>The number of epochs that were run.</summary>
    public int Epochs { get; private set; }

    /// <summary>The names of the figures: <c>loss</c>, the metrics, <c>val_loss</c> and so on.</summary>
    public IReadOnlyCollection<string> Names => figures.Keys;

    /// <summary>What the fit said, for example which rows validate.</summary>
    public IReadOnlyList<string> Messages => messages;

    /// <summary>The training loss of each epoch.</summary>
    public IReadOnlyList<double> Loss => this["loss"];

    /// <summary>The validation loss of each epoch; empty without validation.</summary>
    public IReadOnlyList<double> ValidationLoss => figures.ContainsKey("val_loss") ? this["val_loss"] : [];

    /// <summary>A figure of each epoch.</summary>
    /// <param name="name">Its name, for example <c>val_loss</c>.</param>
    /// <exception cref="KeyNotFoundException">There is no such figure; the message lists those that there are.</exception>
    public IReadOnlyList<double> this[string name] => figures.TryGetValue(name, out List<double>? values)
        ? new ReadOnlyCollection<double>(values)
        : throw new KeyNotFoundException($"The history has no '{name}'; it has {string.Join(", ", figures.Keys)}.");

    internal void Add(IReadOnlyDictionary<string, double> logs)
    {
        Epochs++;
        foreach ((string name, double value) in logs)
        {
            if (!figures.TryGetValue(name, out List<double>? values)) { figures[name] = values = []; }
            values.Add(value);
        }
    }

    internal void SaveState(TrainingState state)
    {
        state.SetInteger("epochs", Epochs);
        foreach ((string name, List<double> values) in figures) { state.SetDoubles($"figures/{name}", CollectionsMarshal.AsSpan(values)); }
        state.SetInteger("messages", messages.Count);
        for (int i = 0; i < messages.Count; i++) { state.SetText(FormattableString.Invariant($"messages/{i}"), messages[i]); }
    }

    internal void LoadState(TrainingState state)
    {
        Epochs = (int)state.Integer("epochs", 0, int.MaxValue);
        figures.Clear();
        string[] said = [.. messages]; // by the fit that goes on
        messages.Clear();
        TrainingState read = state.Under("figures");
        foreach (string name in read.Names) { figures[name] = [.. read.Doubles(name)]; }
        long count = state.Integer("messages", 0, int.MaxValue);
        for (int i = 0; i < count; i++) { messages.Add(state.Text(FormattableString.Invariant($"messages/{i}"))); }
        messages.AddRange(said.Except(messages.ToArray()));
    }

    internal void AddMessage(string message) => messages.Add(message);
}
