using Engram.Formats.Hdf5;
using Engram.Formats.Keras.Weights;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Formats.Keras.Weights;

/// <summary>Files that do not fit: each is refused with the file and the place, and nothing in the model has changed.</summary>
public sealed class KerasWeightsErrorTests
{
    private const string Lstm = "layers/lstm/cell/vars";

    public static TheoryData<string, string> Edits() => new()
    {
        { "missing array", $"f.h5: /{Lstm}/1: the weight lstm_cell/recurrent_kernel is missing." },
        { "missing layer", "f.h5: /layers/dense/vars/0: the weight dense/kernel is missing." },
        { "one array more", $"f.h5: /{Lstm}/3: the model has no place for this array." },
        { "one layer more", "f.h5: /layers/dense_1/vars/0: the model has no place for this array." },
        { "array at the root", "f.h5: /stray: the model has no place for this array." },
        { "other shape", "f.h5: /layers/dense/vars/0: has the shape (1, 4); the weight dense/kernel of the model has (4, 1)." },
        { "other rank", $"f.h5: /{Lstm}/2: has the shape (16, 1); the weight lstm_cell/bias of the model has (16,)." },
        { "texts", $"f.h5: /{Lstm}/2: holds string; the weight lstm_cell/bias needs numbers." },
        { "too large", "f.h5: /layers/dense/vars/1: holds 1E+300, which no 32-bit number can hold." },
        { "optimizer cut", "f.h5: /optimizer/vars/10: is the last of 11 variables of the optimizer; Adam has 12 for this model." },
        { "optimizer with more", "f.h5: /optimizer/vars/12: is the last of 13 variables of the optimizer; Adam has 12 for this model." },
        { "optimizer with a gap", "f.h5: /optimizer/vars/3: is the last of 4 variables of the optimizer; Adam has 12 for this model." },
        { "optimizer empty", "f.h5: /optimizer/other/0: the model has no place for this array, nor for 11 more." },
        { "other optimizer", "f.h5: /optimizer/vars/0: belongs to the state of lamb; the model's optimizer is adam." },
        { "optimizer of another shape", "f.h5: /optimizer/vars/3: has the shape (3, 15); the optimizer's velocity for lstm_cell/kernel of the model has (3, 16)." },
        { "iteration of a fraction", "f.h5: /optimizer/vars/0: holds 1 of float32; the optimizer's iteration is one integer." },
        { "iteration below zero", "f.h5: /optimizer/vars/0: is -1; the optimizer's iteration is at least 0." },
        { "rate not a number", "f.h5: /optimizer/vars/1: is NaN; a learning rate is finite and at least 0." },
        { "rate an integer", "f.h5: /optimizer/vars/1: holds 1 of int64; the learning rate is one floating-point number." },
    };

    [Theory]
    [MemberData(nameof(Edits))]
    public void What_does_not_fit_is_refused_and_changes_nothing(string edit, string message)
    {
        Network model = NewModel(), other = NewModel();
        Hdf5Group root = Hdf5Trees.Copy(KerasWeights.Write(other), (copy, path, array) => Edit(edit, copy, path, array));
        if (edit == "other optimizer") { root.Group("optimizer/vars").SetAttribute("name", "lamb"); }
        RequireRefused(model, root, message);
    }

    public static TheoryData<string, string> LegacyEdits() => new()
    {
        { "missing array", "f.h5: /model_weights/lstm/sequential/lstm/lstm_cell/bias: the weight lstm/lstm_cell/bias is missing." },
        { "array that is not named", "f.h5: /model_weights/dense/sequential/dense/more: the model has no place for this array." },
        { "other shape", "f.h5: /model_weights/dense/sequential/dense/kernel: has the shape (1, 4); the weight dense/kernel of the model has (4, 1)." },
        { "fewer names", "f.h5: /model_weights/lstm: has 2 weights; the layer lstm of the model has 3." },
        { "fewer layers", "f.h5: /model_weights: has 1 layers with weights (lstm); the model has 2 (lstm, dense)." },
        { "unknown layer", "f.h5: /model_weights/gru: is missing, although the list of layers names it." },
        { "one name twice", "f.h5: /model_weights/dense/sequential/dense/kernel: the weight dense/bias is missing." },
        { "Keras 1", "f.h5: /model_weights/: was written by Keras 1; files of Keras 2 and 3 are read." },
        { "optimizer cut", "f.h5: /optimizer_weights/adam/sequential_dense_bias_momentum: is the last of 11 variables of the optimizer; Adam has 12 for this model." },
    };

    [Theory]
    [MemberData(nameof(LegacyEdits))]
    public void Legacy_files_that_do_not_fit_are_refused_and_change_nothing(string edit, string message)
    {
        Network model = NewModel(), other = NewModel();
        Hdf5Group root = Hdf5Trees.Copy(LegacyWeights.Write(other), (copy, path, array) => EditLegacy(edit, copy, path, array));
        Hdf5Group top = root.Group("model_weights"), optimizer = root.Group("optimizer_weights");
        switch (edit)
        {
            case "fewer names": NameLists.Write(top.Group("lstm"), "weight_names", NameLists.Read(top.Group("lstm"), "weight_names")[..2]); break;
            case "fewer layers": NameLists.Write(top, "layer_names", ["lstm"]); break;
            case "unknown layer": NameLists.Write(top, "layer_names", ["lstm", "gru"]); break;
            case "one name twice": NameLists.Write(top.Group("dense"), "weight_names", ["sequential/dense/kernel", "sequential/dense/kernel"]); break;
            case "Keras 1": top.SetAttribute("keras_version", "1.2.2"); break;
            case "optimizer cut": NameLists.Write(optimizer, "weight_names", NameLists.Read(optimizer, "weight_names")[..11]); break;
            default: break;
        }

        RequireRefused(model, root, message);
    }

    [Fact]
    public void A_model_whose_input_is_not_known_must_be_built_first()
    {
        EngramException e = Assert.Throws<EngramException>(() => KerasWeights.Read(new Hdf5Group(), new Sequential(new Dense(1)), "f.h5"));
        Assert.Equal("sequential has no weights yet, and the shape of its input is not known; build it first.", e.Message);
    }

    private static bool Edit(string edit, Hdf5Group copy, string path, Hdf5Dataset array)
    {
        void Replace<T>(int[] shape, params T[] values) where T : unmanaged, System.Numerics.INumber<T>
        {
            string[] parts = path.Split('/');
            KerasWeights.Enter(copy, string.Join('/', parts[..^1])).AddDataset<T>(parts[^1], shape, values);
        }

        switch (edit, path)
        {
            case ("missing array", $"{Lstm}/1") or ("missing layer", "layers/dense/vars/0" or "layers/dense/vars/1"): return true;
            case ("optimizer cut", "optimizer/vars/11") or ("optimizer with a gap", "optimizer/vars/4"): return true;
            case ("one array more", $"{Lstm}/0"): Hdf5Trees.Put(copy, $"{Lstm}/3", array); return false;
            case ("one layer more", "layers/dense/vars/0"): Hdf5Trees.Put(copy, "layers/dense_1/vars/0", array); return false;
            case ("array at the root", "layers/dense/vars/0"): Hdf5Trees.Put(copy, "stray", array); return false;
            case ("optimizer with more", "optimizer/vars/0"): Hdf5Trees.Put(copy, "optimizer/vars/12", array); return false;
            case ("optimizer empty", _) when path.StartsWith("optimizer/", StringComparison.Ordinal):
                Hdf5Trees.Put(copy, path.Replace("vars", "other", StringComparison.Ordinal), array);
                return true;
            case ("other shape", "layers/dense/vars/0"): Replace([1, 4], new float[4]); return true;
            case ("other rank", $"{Lstm}/2"): Replace([16, 1], new float[16]); return true;
            case ("too large", "layers/dense/vars/1"): Replace([1], 1e300); return true;
            case ("texts", $"{Lstm}/2"):
                copy.SetAttribute("texts", Enumerable.Repeat("0", 16).ToArray());
                Hdf5Trees.Put(copy, path, new Hdf5Dataset(path, copy.Attributes["texts"].Values));
                return true;
            case ("optimizer of another shape", "optimizer/vars/3"): Replace([3, 15], new float[45]); return true;
            case ("iteration of a fraction", "optimizer/vars/0"): Replace([], 3f); return true;
            case ("iteration below zero", "optimizer/vars/0"): Replace([], -1L); return true;
            case ("rate not a number", "optimizer/vars/1"): Replace([], float.NaN); return true;
            case ("rate an integer", "optimizer/vars/1"): Replace([], 1L); return true;
            default: return false;
        }
    }

    private static bool EditLegacy(string edit, Hdf5Group copy, string path, Hdf5Dataset array)
    {
        const string Dense = "model_weights/dense/sequential/dense";
        switch (edit, path)
        {
            case ("missing array", "model_weights/lstm/sequential/lstm/lstm_cell/bias"): return true;
            case ("array that is not named", $"{Dense}/kernel"): Hdf5Trees.Put(copy, $"{Dense}/more", array); return false;
            case ("other shape", $"{Dense}/kernel"): KerasWeights.Enter(copy, Dense).AddDataset<float>("kernel", [1, 4], new float[4]); return true;
            default: return false;
        }
    }

    private static void RequireRefused(Network model, Hdf5Group root, string message)
    {
        float[][] weights = [.. model.Weights.Select(weight => weight.Value.Span.ToArray())];
        float[][] state = [.. model.Optimizer!.State.Select(array => array.Value.Span.ToArray())];
        (long iterations, double rate) = (model.Optimizer.Iterations, model.Optimizer.LearningRate);
        EngramException e = Assert.Throws<EngramException>(() => KerasWeights.Read(root, model, "f.h5"));
        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
        Assert.Equal(weights, model.Weights.Select(weight => weight.Value.Span.ToArray()));
        Assert.Equal(state, model.Optimizer.State.Select(array => array.Value.Span.ToArray()));
        Assert.Equal((iterations, rate), (model.Optimizer.Iterations, model.Optimizer.LearningRate));
    }

    // Trained for a step, so that there is a state that could be harmed.
    private static Sequential NewModel()
    {
        var model = new Sequential(new Input(5, 3), new Lstm(4), new Dense(1));
        model.Compile(new Adam(), Loss.MeanSquaredError);
        var random = new Random(7);
        model.TrainOnBatch(RandomData.Numbers(random, 2, 5, 3), RandomData.Numbers(random, 2, 1));
        return model;
    }
}
