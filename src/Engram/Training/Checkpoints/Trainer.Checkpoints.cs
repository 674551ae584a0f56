using Engram.Formats.Safetensors;
using Engram.Layers;

namespace Engram.Training;

/// <content>What a checkpoint holds, and how a run goes on from one.</content>
internal sealed partial class Trainer
{
    /// <summary>Writes everything that the steps to come depend on.</summary>
    private void Save(string path, FitState fit)
    {
        var state = new TrainingState(path);
        fit.SaveState(state.Under("fit"));
        fit.History.SaveState(state.Under("history"));
        state.SetInteger("steps", steps);
        state.SetInteger("epochs", epochs);
        state.SetInteger("seed", network.Seed);
        if (fit.Batch > 0)
        {
            for (int i = 0; i < objectives.Length; i++) { objectives[i].SaveState(state.Under(Name("objectives", i))); }
        }

        TrainingState rule = state.Under("optimizer");
        rule.SetText("name", Optimizer.Name);
        rule.SetInteger("iterations", Optimizer.Iterations);
        rule.SetInteger("swapped", Optimizer.AveragesAreSwapped ? 1 : 0);
        rule.SetNumber("learning_rate", Optimizer.Schedule is null ? Optimizer.LearningRate : null);
        if (Optimizer.Schedule is { } schedule) { rule.SetText("schedule", schedule.Name); }
        foreach ((string name, TensorBuffer value) in Optimizer.State) { rule.SetTensor($"arrays/{name}", value); }
        foreach ((string name, SequenceLayer carrier) in StateCarriers.Of(network.Layers))
        {
            for (int i = 0; i < carrier.CarriedStates?.Length; i++) { state.SetTensor(Name($"states/{name}", i), carrier.CarriedStates[i]); }
        }

        foreach ((string name, Callback callback) in Named(fit.Options.Callbacks)) { callback.SaveState(state.Under($"callbacks/{name}")); }
        CheckpointFile.Write(path, network.Layers, state);
    }

    // A checkpoint of this very run goes before one that the run began with.
    private void Resume(FitState fit)
    {
        foreach (Callback callback in fit.Options.Callbacks)
        {
            if (callback is BackupAndRestore backup && backup.Read(fit.Run) is { } found)
            {
                Resume(fit, found.State, found.File);
                return;
            }
        }

        if (fit.Options.ResumeFrom is { } path)
        {
            (TrainingState state, SafetensorsFile file) = CheckpointFile.Read(path);
            Resume(fit, state, file);
        }
    }

    /// <summary>Makes everything as it was when a checkpoint was written.</summary>
    internal void Resume(FitState fit, TrainingState state, SafetensorsFile file)
    {
        // What can be refused is looked at first, and the model's arrays are changed last.
        TrainingState rule = state.Under("optimizer");
        RequireSame(rule, "name", Optimizer.Name, "optimizer");
        RequireSame(rule, "schedule", Optimizer.Schedule?.Name, "learning-rate schedule");
        long iterations = rule.Integer("iterations", 0);
        double? rate = rule.Number("learning_rate");
        if (Optimizer.Schedule is null && !(rate is double value && double.IsFinite(value) && value >= 0)) { throw rule.Wrong("learning_rate", $"is {rate}; it must be a number of at least 0"); }
        TrainingState arrays = rule.Under("arrays");
        List<TrainingState.Pending> pending = [.. Optimizer.State.Select(entry => arrays.Tensor(entry.Path, entry.Value))];
        if (arrays.Names.Count() != pending.Count) { throw rule.Wrong("arrays", $"holds {arrays.Names.Count()} arrays; {Optimizer.Name} keeps {pending.Count} with its present options"); }
        List<(SequenceLayer Carrier, TensorBuffer[]? States)> carried = [.. StateCarriers.Of(network.Layers).Select(entry => (entry.Carrier, Carried(state, entry.Path, entry.Carrier)))];

        fit.LoadState(state.Under("fit"));
        if (fit.Batch > 0)
        {
            for (int i = 0; i < objectives.Length; i++) { objectives[i].LoadState(state.Under(Name("objectives", i))); }
        }

        (long Steps, long Epochs, long Seed) position = (state.Integer("steps", 0), state.Integer("epochs", 0), state.Integer("seed"));
        bool swapped = rule.Integer("swapped", 0, 1) == 1;
        fit.History.LoadState(state.Under("history"));
        LoadCallbacks(fit, state);
        WeightFile.Read(state.Source, file, network.Layers);
        (steps, epochs, network.Seed) = position;
        key = KeyOf(network.Seed);
        Optimizer.Continue(iterations, Optimizer.Schedule is null ? rate : null, swapped);
        foreach (TrainingState.Pending array in pending) { array.Apply(); }
        foreach ((SequenceLayer carrier, TensorBuffer[]? states) in carried) { carrier.CarriedStates = states; }
        fit.Run.Message($"Going on from '{state.Source}': {(fit.Batch == 0 ? $"{fit.Epoch} epochs are done" : $"epoch {fit.Epoch + 1}, {fit.Batch} batches are done")}.");
    }

    private static void LoadCallbacks(FitState fit, TrainingState state)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string name, Callback callback) in Named(fit.Options.Callbacks))
        {
            known.Add(name);
            TrainingState own = state.Under($"callbacks/{name}");
            if (!own.IsEmpty) { callback.LoadState(own); }
            else
            {
                var fresh = new TrainingState(state.Source);
                callback.SaveState(fresh);
                if (!fresh.IsEmpty) { fit.Run.Message($"{state.Source}: the run had no {name}; it begins anew."); }
            }
        }

        foreach (string name in state.Under("callbacks").Names.Select(name => name.Split('/')[0]).Distinct().Where(name => !known.Contains(name)))
        {
            fit.Run.Message($"{state.Source}: the run had the callback {name}, which this fit has not; its state is left out.");
        }
    }

    // The second callback of a kind is called by its number.
    private static IEnumerable<(string Name, Callback Callback)> Named(IReadOnlyList<Callback> callbacks)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Callback callback in callbacks)
        {
            string kind = callback.GetType().Name;
            int number = counts[kind] = counts.GetValueOrDefault(kind) + 1;
            yield return (number == 1 ? kind : FormattableString.Invariant($"{kind}_{number}"), callback);
        }
    }

    private static TensorBuffer[]? Carried(TrainingState state, string path, SequenceLayer carrier)
    {
        var states = new List<TensorBuffer>();
        while (state.Has(Name($"states/{path}", states.Count))) { states.Add(state.NewTensor(Name($"states/{path}", states.Count))); }
        TensorBuffer[] found = [.. states];
        return found.Length == 0 || carrier.AcceptsStates(found)
            ? found.Length == 0 ? null : found
            : throw state.Wrong($"states/{path}", $"are {string.Join(", ", found.Select(value => Shape.Format(value.Axes)))}; the layer carries {carrier.ExpectedStates}");
    }

    private static void RequireSame(TrainingState state, string name, string? present, string what)
    {
        string? kept = state.Has(name) ? state.Text(name) : null;
        if (kept != present) { throw new EngramException($"{state.Source}: the run had {(kept is null ? "no" : $"the")} {what}{(kept is null ? "" : $" {kept}")}; the model was compiled with {present ?? "none"}. Compile it as it was."); }
    }

    private static string Name(string place, int number) => FormattableString.Invariant($"{place}/{number}");
}
