using System.Globalization;
using Engram.Formats.Hdf5;
using Engram.Layers;
using Engram.Training;

namespace Engram.Formats.Keras.Weights;

/// <summary>
/// An optimizer's state in the order of Keras: the iteration, the learning rate unless a schedule decides, and the arrays in the order in
/// which Keras' optimizer makes them (<see cref="Training.Optimizer.Arrays"/>).
/// </summary>
internal static class OptimizerWeights
{
    // Adam, AdamW and Lamb keep arrays of the same shapes, so only the name tells one's state from another's.
    private static readonly string[] Known =
        ["adadelta", "adafactor", "adagrad", "adam", "adam_w", "adamax", "ftrl", "lamb", "lion", "nadam", "rm_sprop", "sgd"];

    /// <summary>Takes the state that is to go into an optimizer.</summary>
    /// <param name="arrays">The file.</param>
    /// <param name="paths">Its variables in order.</param>
    /// <param name="optimizer">The optimizer; its state is created.</param>
    /// <param name="trainable">The weights that it is created for unless it was already.</param>
    /// <param name="name">The optimizer's name in the file, or null.</param>
    /// <returns>What sets iteration and learning rate, once the arrays are delivered.</returns>
    /// <exception cref="EngramException">The state is that of another optimizer or of another model.</exception>
    public static Action Take(FileArrays arrays, IReadOnlyList<string> paths, Optimizer optimizer, IReadOnlyList<Weight> trainable, string? name)
    {
        if (paths.Count == 0) { throw arrays.Error("optimizer", $"holds no variables; {optimizer.Name} needs at least the iteration."); }
        string own = LayerNames.SnakeCase(optimizer.Name);
        if (name is not null && name != own && Known.Contains(name))
        {
            throw arrays.Error(paths[0], $"belongs to the state of {name}; the model's optimizer is {own}. Compile the model with that optimizer, or read the weights before compiling it.");
        }

        if (optimizer.BuiltWeights.Count == 0) { optimizer.Build(trainable); }
        IReadOnlyList<OptimizerArray> places = optimizer.Arrays;
        bool hasRate = optimizer.Schedule is null;
        int head = hasRate ? 2 : 1, rest = paths.Count - places.Count;
        long iteration = Iteration(arrays, paths[0]);
        bool begun = true;
        if (hasRate && rest == 1 && (places.Count == 0 || arrays.Fits(paths[1], places[0].Value))) { head = 1; } // Keras 2 does not store the rate
        else if (rest != head)
        {
            // One that was never used has no arrays yet in Keras.
            begun = false;
            if (paths.Count != head || iteration != 0 || optimizer.Iterations != 0)
            {
                throw arrays.Error(paths[^1], $"is the last of {paths.Count} variables of the optimizer; {optimizer.Name} has {head + places.Count} for this model{(hasRate ? "" : " and its schedule")}.");
            }
        }

        double? rate = head == 2 ? Rate(arrays, paths[1]) : null;
        for (int i = 0; i < places.Count && begun; i++)
        {
            OptimizerArray place = places[i];
            string of = place.Weight is int weight ? $" for {optimizer.BuiltWeights[weight].Name}" : "";
            arrays.Take(paths[head + i], place.Value, $"the optimizer's {place.Slot}{of}");
        }

        return () => optimizer.Continue(iteration, rate);
    }

    /// <summary>An optimizer's variables in Keras' order.</summary>
    public static IEnumerable<OptimizerVariable> Variables(Optimizer optimizer)
    {
        yield return new("iteration", null, (group, name) => group.AddScalar(name, optimizer.Iterations));
        if (optimizer.Schedule is null) { yield return new("learning_rate", null, (group, name) => group.AddScalar(name, (float)optimizer.LearningRate)); }
        foreach (OptimizerArray array in optimizer.Arrays) { yield return new(array.Slot, array.Weight, (group, name) => KerasWeights.Add(group, name, array.Value)); }
    }

    private static long Iteration(FileArrays arrays, string path)
    {
        Hdf5Dataset array = arrays.Take(path, "the optimizer's iteration");
        if (array.Type.Class != Hdf5Class.Integer || array.Count != 1) { throw arrays.Error(path, $"holds {array.Count} of {array.Type}; the optimizer's iteration is one integer."); }
        long iteration = array.ReadIntegers()[0];
        return iteration >= 0 ? iteration : throw arrays.Error(path, $"is {iteration}; the optimizer's iteration is at least 0.");
    }

    // The decimal number that a 32-bit one was made of: 0.001, not 0.0010000000475.
    private static double Rate(FileArrays arrays, string path)
    {
        Hdf5Dataset array = arrays.Take(path, "the learning rate");
        if (array.Type.Class != Hdf5Class.Float || array.Count != 1) { throw arrays.Error(path, $"holds {array.Count} of {array.Type}; the learning rate is one floating-point number."); }
        double rate = array.ReadDoubles()[0];
        if (!double.IsFinite(rate) || rate < 0) { throw arrays.Error(path, $"is {rate.ToString(CultureInfo.InvariantCulture)}; a learning rate is finite and at least 0."); }
        return array.Type.Size == sizeof(double) ? rate : double.Parse(((float)rate).ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }
}

/// <summary>A variable of an optimizer.</summary>
/// <param name="Name">What it is, for example <c>iteration</c> or <c>momentum</c>.</param>
/// <param name="Weight">The number of the weight that it belongs to, or null.</param>
/// <param name="Add">Adds its numbers to a group, under a name.</param>
internal sealed record OptimizerVariable(string Name, int? Weight, Action<Hdf5Group, string> Add);
