using System.Text;
using System.Text.Json;
using Engram.Charts.Drawing;

namespace Engram.Charts.Gates;

/// <summary>
/// An element of a page on which one walks through a sequence: heat maps of every gate and state, the words along the axis, a slider through time with the state
/// unit by unit and what the model expects next. A chosen unit colours the words.
/// <code>
/// var gates = new GateExplorer(words, new GateLayer("lstm", new GateMap("forget gate", forget), new GateMap("cell state", cell) { Colors = ColorScale.Diverging }));
/// var page = new HtmlReport("What the gates did");
/// page.AddGates(gates);
/// page.Save("gates.html");
/// </code>
/// </summary>
public sealed class GateExplorer
{
    /// <summary>An explorer.</summary>
    /// <param name="steps">What goes in at each step: words, or times.</param>
    /// <param name="layers">The layers, at least one, each with as many steps.</param>
    /// <exception cref="ArgumentException">There is no layer, or one has another number of steps.</exception>
    public GateExplorer(IReadOnlyList<string> steps, params IReadOnlyList<GateLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(layers);
        if (layers.Count == 0)
            throw new ArgumentException("There is no layer to show; give at least one.", nameof(layers));
        if (layers.FirstOrDefault(layer => layer.Steps != steps.Count) is { } other)
            throw new ArgumentException($"'{other.Name}' has {other.Steps} steps, but {steps.Count} are named.", nameof(layers));
        (Steps, Layers, Start) = ([.. steps], [.. layers], steps.Count - 1);
    }

    /// <summary>What goes in at each step.</summary>
    public IReadOnlyList<string> Steps { get; }

    /// <summary>The layers.</summary>
    public IReadOnlyList<GateLayer> Layers { get; }

    /// <summary>What the model expects after each step, the likeliest first; null (the default) where it expects nothing.</summary>
    /// <exception cref="ArgumentException">There is not one list for each step.</exception>
    public IReadOnlyList<IReadOnlyList<GateGuess>>? Guesses { get; init => field = ForEachStep(value, nameof(Guesses)); }

    /// <summary>How much an answer rests on each step, of either sign; null (the default) for nothing.</summary>
    /// <exception cref="ArgumentException">There is not one number for each step.</exception>
    public IReadOnlyList<double>? Weights { get; init => field = ForEachStep(value, nameof(Weights)); }

    /// <summary>What the weights are about; default <c>what the answer rests on</c>.</summary>
    public string WeightsName { get; init; } = "what the answer rests on";

    /// <summary>A sentence about each step; null (the default) for none.</summary>
    /// <exception cref="ArgumentException">There is not one for each step.</exception>
    public IReadOnlyList<string>? Notes { get; init => field = ForEachStep(value, nameof(Notes)); }

    /// <summary>The step that is shown first; default the last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such step.</exception>
    public int Start
    {
        get;
        init => field = value >= 0 && value < Steps.Count ? value : throw new ArgumentOutOfRangeException(nameof(Start), value, $"The steps are 0 to {Steps.Count - 1}.");
    }

    /// <summary>The unit of the first layer that is chosen first; null (the default) for the first from the top.</summary>
    public int? Unit { get; init; }

    internal void WriteTo(StringBuilder html)
    {
        html.Append("<figure class=\"gates\"><script type=\"application/json\">").Append(Json()).Append("</script>\n");
        html.Append("<noscript><p>The maps are drawn by a script, which this reader does not run.</p></noscript></figure>\n");
    }

    // The default encoder of JSON escapes what could end the element.
    private string Json()
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            Texts(json, "steps", Steps);
            json.WriteNumber("start", Start);
            json.WriteNumber("unit", Unit ?? Layers[0].Order[0]);
            Texts(json, "colors", [Colors(ColorTable.Of(ColorScale.Sequential)), Colors(ColorTable.Of(ColorScale.Diverging)), Colors(ColorTable.DivergingOnDark)]);
            if (Notes is not null) { Texts(json, "notes", Notes); }
            if (Weights is not null)
            {
                json.WriteString("weightsName", WeightsName);
                json.WriteStartArray("weights");
                foreach (double weight in Weights) { json.WriteNumberValue(Math.Round(weight, 4)); }
                json.WriteEndArray();
            }

            if (Guesses is not null) { WriteGuesses(json, Guesses); }
            json.WriteStartArray("layers");
            foreach (GateLayer layer in Layers) { WriteLayer(json, layer); }
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(memory.GetBuffer(), 0, (int)memory.Length);
    }

    private static void WriteGuesses(Utf8JsonWriter json, IReadOnlyList<IReadOnlyList<GateGuess>> guesses)
    {
        json.WriteStartArray("guesses");
        foreach (IReadOnlyList<GateGuess> step in guesses)
        {
            json.WriteStartArray();
            foreach (GateGuess guess in step)
            {
                json.WriteStringValue(guess.Word);
                json.WriteNumberValue(Math.Round(guess.Probability, 4));
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WriteLayer(Utf8JsonWriter json, GateLayer layer)
    {
        json.WriteStartObject();
        json.WriteString("name", layer.Name);
        json.WriteString("state", layer.State);
        json.WriteStartArray("order");
        foreach (int unit in layer.Order) { json.WriteNumberValue(unit); }
        json.WriteEndArray();
        json.WriteStartArray("maps");
        foreach (GateMap map in layer.Maps)
        {
            (double low, double high) = map.Range();
            json.WriteStartObject();
            json.WriteString("name", map.Name);
            json.WriteBoolean("signed", map.Colors == ColorScale.Diverging);
            json.WriteNumber("low", low);
            json.WriteNumber("high", high);
            json.WriteBase64String("data", map.Quantized());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) { json.WriteStringValue(text); }
        json.WriteEndArray();
    }

    private static string Colors((byte R, byte G, byte B)[] table) => Convert.ToBase64String([.. table.SelectMany(color => (byte[])[color.R, color.G, color.B])]);

    private IReadOnlyList<T>? ForEachStep<T>(IReadOnlyList<T>? values, string name) => values is null || values.Count == Steps.Count
        ? values
        : throw new ArgumentException($"{name} has {values.Count} entries for {Steps.Count} steps; give one for each.", name);
}
