using System.Globalization;
using System.Text;
using Engram.Formats;

namespace Engram.Cli.Files;

/// <summary>Where a model's outputs go, and what they are compared with.</summary>
internal static class RunOutput
{
    /// <summary>Refuses a file that could not take the outputs, before anything is computed.</summary>
    public static void Check(string path, int outputs)
    {
        string extension = Path.GetExtension(path).ToUpperInvariant();
        if (extension is not (".SAFETENSORS" or ".NPZ" or ".NPY" or ".CSV")) { throw new UsageException($"--output takes a name that ends in .safetensors, .npz, .npy or .csv; '{path}' does not."); }
        if (extension is ".NPY" or ".CSV" && outputs > 1) { throw new UsageException($"the model has {outputs} outputs, and {path} takes one; write .safetensors or .npz."); }
    }

    public static void Write(string path, IReadOnlyList<NamedArray> outputs)
    {
        if (Path.GetExtension(path).Equals(".csv", StringComparison.OrdinalIgnoreCase)) { AtomicFile.WriteText(path, Csv(outputs[0])); }
        else { ModelFile.Save(outputs, path); }
    }

    /// <summary>The largest difference of each output from the one of its number or name in a file.</summary>
    public static IReadOnlyList<WeightDifference> Compare(string path, IReadOnlyList<NamedArray> outputs, IReadOnlyList<string> names)
    {
        IReadOnlyList<NamedArray> expected = ModelFile.Arrays(path);
        var differences = new List<WeightDifference>();
        for (int i = 0; i < outputs.Count; i++)
        {
            string[] candidates = [$"output.{names[i]}", outputs[i].Name, names[i]];
            NamedArray? other = candidates.Select(name => expected.FirstOrDefault(array => array.Name == name)).FirstOrDefault(array => array is not null)
                ?? (outputs.Count == 1 && expected.Count == 1 ? expected[0] : null);
            if (other is null) { throw new EngramException($"{path}: there is no '{outputs[i].Name}' or '{names[i]}' to compare with; the file has {string.Join(", ", expected.Select(array => array.Name))}."); }
            WeightDifference difference = WeightDifference.Between(other, outputs[i]);
            if (!other.Shape.Equals(outputs[i].Shape)) { throw new EngramException($"{path}: '{other.Name}' has the shape {other.Shape}; the model's output has {outputs[i].Shape}."); }
            differences.Add(difference);
        }

        return differences;
    }

    // A line for each sample, or for each step of each sample.
    private static string Csv(NamedArray output)
    {
        ReadOnlySpan<int> axes = output.Shape.Axes;
        float[] values = output.ToFloats();
        bool steps = axes.Length == 3;
        int rows = axes[0], inner = steps ? axes[1] : 1, width = rows * inner == 0 ? 0 : values.Length / (rows * inner);
        var text = new StringBuilder(steps ? "sample,step" : "sample");
        for (int i = 0; i < width; i++) { text.Append(CultureInfo.InvariantCulture, $",y{i}"); }
        text.Append('\n');
        for (int line = 0; line < rows * inner; line++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{line / inner}");
            if (steps) { text.Append(CultureInfo.InvariantCulture, $",{line % inner}"); }
            for (int i = 0; i < width; i++) { text.Append(CultureInfo.InvariantCulture, $",{values[(line * width) + i]:R}"); }
            text.Append('\n');
        }

        return text.ToString();
    }
}
