using System.Globalization;
using System.Text.Json.Nodes;
using Engram.Layers;

namespace Engram.Models;

/// <summary>
/// Follows masks through the file of a graph. Keras writes there how it computed each; here a mask goes on with the data. Both are brought to one
/// form, the conditions of which any must hold, and compared: a mask that was given by hand is an error and not dropped.
/// </summary>
internal sealed class MaskFormulas(string owner)
{
    private readonly Dictionary<GraphReference, Formula?> formulas = [];

    /// <summary>Whether an operation is one of those that masks are made of.</summary>
    public static bool Knows(string operation) =>
        operation is "NotEqual" or "ConvertToTensor" or "ExpandDims" or "ZerosLike" or "OnesLike" or "LogicalOr" or "Concatenate" or "Any" or "Cast";

    public void Add(GraphReference tensor, Formula? formula) => formulas[tensor] = formula;

    /// <summary>What an operation makes of the masks that go in.</summary>
    public void Apply(GraphCall call)
    {
        Formula?[] inputs = [.. call.Inputs.Select(input => formulas.GetValueOrDefault(input))];
        GraphReference first = call.Inputs[0];
        string kind = call.Entry.Json["class_name"]!.ToString();
        Add(new GraphReference(call.Entry.Name, call.Number, 0), kind switch
        {
            "NotEqual" => new Formula([$"{first} != {Number(call.Constant)}"], EachNumber: true),
            "ZerosLike" => new Formula([], false),
            "OnesLike" => new Formula(["true"], false),
            "Any" when inputs[0] is { EachNumber: true } numbers => new Formula([$"any of {numbers.Conditions[0]}"], false),
            _ => inputs.Any(input => input is null)
                ? throw new EngramException($"{owner}: {call.Entry.Name}: the operation {kind} is only supported where it computes a mask.")
                : new Formula([.. inputs.SelectMany(input => input!.Conditions).Distinct().Order(StringComparer.Ordinal)], false),
        });
    }

    /// <summary>Makes sure that the masks which a call names are those that come with its data.</summary>
    public void Check(GraphCall call)
    {
        for (int i = 0; i < call.Masks.Count; i++)
        {
            if (call.Masks[i] is not { } named) { continue; }
            Formula? given = formulas.GetValueOrDefault(named), own = i < call.Inputs.Count ? formulas.GetValueOrDefault(call.Inputs[i]) : null;
            if (given is null || own is null || !given.Conditions.SequenceEqual(own.Conditions))
            {
                throw new EngramException($"{owner}: {call.Entry.Name}: its mask ({given?.ToString() ?? named.ToString()}) is not the one that comes with its data ({own?.ToString() ?? "none"}); masks that are given by hand are not supported.");
            }
        }
    }

    /// <summary>The masks that a layer passes on.</summary>
    public void Pass(GraphCall call, IReadOnlyList<SymbolicTensor> outputs)
    {
        Formula?[] inputs = [.. call.Inputs.Select(input => formulas.GetValueOrDefault(input))];
        Formula? mask = call.Entry.Layer switch
        {
            Embedding { MaskZero: true } => new Formula([$"{call.Inputs[0]} != 0"], false),
            Masking masking => new Formula([$"any of {call.Inputs[0]} != {Text(masking.MaskValue)}"], false),
            Concatenate => inputs.All(input => input is null) ? null : Union(inputs),
            Merge => inputs.Any(input => input is null) ? null : Union(inputs),
            SequenceLayer { ReturnSequences: false } or Bidirectional { ForwardLayer.ReturnSequences: false } or Dot or Network => null,
            { SupportsMasking: true } => inputs[0],
            _ => null,
        };
        for (int i = 0; i < outputs.Count; i++) { Add(new GraphReference(call.Entry.Name, call.Number, i), i == 0 ? mask : null); }
    }

    private static string Number(JsonNode? constant) =>
        constant is JsonValue value && value.TryGetValue(out float number) ? Text(number) : "something";

    private static string Text(float number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static Formula Union(Formula?[] inputs) =>
        new([.. inputs.SelectMany(input => input?.Conditions ?? ["true"]).Distinct().Order(StringComparer.Ordinal)], false);

    /// <summary>A step counts where any condition holds.</summary>
    /// <param name="Conditions">The conditions, in alphabetical order.</param>
    /// <param name="EachNumber">Whether they are asked of each number of data that have features, not of each step yet.</param>
    internal sealed record Formula(IReadOnlyList<string> Conditions, bool EachNumber)
    {
        public override string ToString() => string.Join(" or ", Conditions);
    }
}
