using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Engram.Layers;

/// <summary>
/// The options of a layer, an initializer or the like under the names and in the form that Keras gives them, to be read when one is
/// created from a configuration and written when one is asked for its configuration. An option that nobody reads is an error, so that
/// nothing a file says is dropped without a word.
/// </summary>
public sealed class Configuration
{
    // What has no bearing on what a layer computes here; kept as it was read and written again.
    private static readonly string[] Kept = ["dtype", "renorm_momentum", "seed", "unroll", "use_cudnn"];

    private readonly JsonObject values;
    private readonly HashSet<string> read = new(StringComparer.Ordinal);

    /// <summary>An empty configuration, to be written.</summary>
    public Configuration() : this("", [], LayerTypes.BuiltIn) { }

    internal Configuration(string owner, JsonObject values, LayerTypes types)
    {
        Owner = owner;
        this.values = values;
        Types = types;
    }

    /// <summary>Whose configuration this is, for messages.</summary>
    public string Owner { get; }

    /// <summary>The options as JSON.</summary>
    public JsonObject Json => values;

    /// <summary>The kinds of layer that may stand inside.</summary>
    internal LayerTypes Types { get; }

    /// <summary>Whether an option is there, be it null.</summary>
    public bool Has(string name) => values.ContainsKey(name);

    /// <summary>A whole number.</summary>
    /// <exception cref="EngramException">The option is missing or no whole number.</exception>
    public int Int32(string name) => NullableInt32(name) ?? throw Missing(name, "a whole number");

    /// <summary>A whole number, or the default where the option is missing.</summary>
    /// <exception cref="EngramException">The option is no whole number.</exception>
    public int Int32(string name, int absent) => Has(name) ? Int32(name) : absent;

    /// <summary>A whole number, or null where the option is null or missing.</summary>
    /// <exception cref="EngramException">The option is no whole number.</exception>
    public int? NullableInt32(string name) => Value(name) switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && Number(value) is double number && number == (int)number => (int)number,
        _ => throw Wrong(name, "a whole number"),
    };

    /// <summary>A list of whole numbers; one number stands for a list of one.</summary>
    /// <exception cref="EngramException">The option is missing or no list of whole numbers.</exception>
    public int[] Int32s(string name) => Value(name) switch
    {
        JsonArray list => [.. list.Select(item => item is JsonValue value && value.GetValueKind() == JsonValueKind.Number && Number(value) is double number && number == (int)number
            ? (int)number
            : throw Wrong(name, "a list of whole numbers"))],
        null => throw Missing(name, "a list of whole numbers"),
        _ => [Int32(name)],
    };

    /// <summary>A list of whole numbers, in which null stands for one that is not given; null where the option is null or missing.</summary>
    /// <exception cref="EngramException">The option is no such list.</exception>
    internal int?[]? NullableInt32s(string name) => Value(name) switch
    {
        null => null,
        JsonArray list => [.. list.Select(item => item switch
        {
            null => (int?)null,
            JsonValue value when value.GetValueKind() == JsonValueKind.Number && Number(value) is double number && number == (int)number => (int)number,
            _ => throw Wrong(name, "a list of whole numbers and nulls"),
        })],
        _ => throw Wrong(name, "a list of whole numbers and nulls"),
    };

    /// <summary>Two whole numbers for each of several axes: one list of two for one axis, else a list of such lists.</summary>
    /// <exception cref="EngramException">The option is missing or no such list.</exception>
    internal int[] Pairs(string name, int axes)
    {
        string expected = axes == 1 ? "a list of two whole numbers" : $"a list of {axes} lists of two whole numbers";
        JsonNode?[] pairs = axes == 1 ? [Value(name)] : Value(name) is JsonArray list ? [.. list] : throw Wrong(name, expected);
        var numbers = new List<int>();
        foreach (JsonNode? pair in pairs)
        {
            if (pair is not JsonArray { Count: 2 } two) { throw Wrong(name, expected); }
            foreach (JsonNode? item in two) { numbers.Add(item is JsonValue value && value.TryGetValue(out int number) ? number : throw Wrong(name, expected)); }
        }

        return numbers.Count == 2 * axes ? [.. numbers] : throw Wrong(name, expected);
    }

    /// <summary>A number or a list of numbers; null where the option is null or missing.</summary>
    /// <exception cref="EngramException">The option is neither.</exception>
    internal double[]? Numbers(string name) => Value(name) switch
    {
        null => null,
        JsonArray list => [.. list.Select(item => item is JsonValue value && value.GetValueKind() == JsonValueKind.Number
            ? Number(value)
            : throw Wrong(name, "a number or a list of numbers"))],
        _ => [Double(name)],
    };

    /// <summary>A shape, in which null stands for an axis of any length.</summary>
    /// <exception cref="EngramException">The option is missing or no list of lengths.</exception>
    internal int[] Axes(string name) => Value(name) is JsonArray list
        ? [.. list.Select(axis => axis is null ? Shape.Unknown : axis is JsonValue value && value.TryGetValue(out int length) && length > 0 ? length : throw Wrong(name, "a shape"))]
        : throw Missing(name, "a shape");

    /// <summary>A number.</summary>
    /// <exception cref="EngramException">The option is missing or no number.</exception>
    public double Double(string name) => NullableDouble(name) ?? throw Missing(name, "a number");

    /// <summary>A number, or the default where the option is missing.</summary>
    /// <exception cref="EngramException">The option is no number.</exception>
    public double Double(string name, double absent) => Has(name) ? Double(name) : absent;

    /// <summary>A number, or null where the option is null or missing.</summary>
    /// <exception cref="EngramException">The option is no number.</exception>
    public double? NullableDouble(string name) => Value(name) switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => Number(value),
        _ => throw Wrong(name, "a number"),
    };

    /// <summary>A number in single precision, or the default where the option is missing.</summary>
    /// <exception cref="EngramException">The option is no number.</exception>
    public float Single(string name, float absent) => Has(name) ? (float)Double(name) : absent;

    /// <summary>True or false, or the default where the option is missing.</summary>
    /// <exception cref="EngramException">The option is neither.</exception>
    public bool Boolean(string name, bool absent) => Value(name) switch
    {
        null when !Has(name) => absent,
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>(),
        _ => throw Wrong(name, "true or false"),
    };

    /// <summary>A text, or null where the option is null or missing.</summary>
    /// <exception cref="EngramException">The option is no text.</exception>
    public string? Text(string name) => Value(name) switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => throw Wrong(name, "a text"),
    };

    /// <summary>One of several words, each of which stands for a value; the first where the option is missing.</summary>
    /// <exception cref="EngramException">The option is none of the words.</exception>
    public T Choice<T>(string name, params ReadOnlySpan<(string? Word, T Value)> choices)
    {
        if (!Has(name)) { return choices[0].Value; }
        string? word = Text(name);
        foreach ((string? candidate, T value) in choices)
        {
            if (candidate == word) { return value; }
        }

        var words = new List<string>();
        foreach ((string? candidate, _) in choices) { words.Add(candidate ?? "null"); }
        throw Wrong(name, "one of " + string.Join(", ", words));
    }

    /// <summary>An activation; none where the option is null or missing.</summary>
    /// <exception cref="EngramException">There is none of that name.</exception>
    public ActivationFunction Activation(string name, ActivationFunction? absent = null)
    {
        if (!Has(name)) { return absent ?? Activations.Linear; }
        if (Value(name) is JsonObject) { return ParametricFunction.Read(Object(name)!); }
        if (Text(name) is not { } function) { return Activations.Linear; }
        try { return Activations.Get(function); }
        catch (EngramException e) { throw new EngramException($"{Owner}: {name}: {e.Message}", e); }
    }

    /// <summary>An initializer, or the default where the option is null or missing.</summary>
    /// <exception cref="EngramException">There is none of that name.</exception>
    public Initializer Initializer(string name, Initializer absent) => Object(name) is { } found ? InitializerTypes.Create(found) : absent;

    /// <summary>A penalty, or null where the option is null or missing.</summary>
    /// <exception cref="EngramException">There is none of that name.</exception>
    public Regularizer? Regularizer(string name) => Object(name) is { } found ? RegularizerTypes.Create(found) : null;

    /// <summary>What is enforced on a weight, or null where the option is null or missing.</summary>
    /// <exception cref="EngramException">There is none of that name.</exception>
    public Constraint? Constraint(string name) => Object(name) is { } found ? ConstraintTypes.Create(found) : null;

    /// <summary>A layer, or null where the option is null or missing.</summary>
    /// <exception cref="EngramException">There is no such kind of layer.</exception>
    public Layer? Layer(string name) => Object(name) is { } found ? Types.Create(found) : null;

    /// <summary>A list of layers.</summary>
    /// <exception cref="EngramException">There is no such kind of layer, or the option is no list.</exception>
    public IReadOnlyList<Layer> Layers(string name) => Value(name) is JsonArray list
        ? [.. list.Select((item, i) => SerializedObject.Read(item, $"{name}[{i}]", this)).Select(Types.Create)]
        : throw Wrong(name, "a list of layers");

    /// <summary>Refuses an option that may only have one value here.</summary>
    /// <param name="name">The option; it may be missing.</param>
    /// <param name="only">The value's JSON text, for example <c>"channels_last"</c> in quotes, or <c>null</c>.</param>
    /// <exception cref="EngramException">It has another.</exception>
    public void Only(string name, string only)
    {
        string actual = Value(name)?.ToJsonString() ?? "null";
        if (Has(name) && actual != only) { throw new EngramException($"{Owner}: {name} is {actual}; only {only} is supported."); }
    }

    /// <summary>Passes over an option that says nothing that is not said elsewhere.</summary>
    internal void Ignore(string name) => read.Add(name);

    /// <summary>Writes an option.</summary>
    public void Set(string name, int value) => values[name] = value;

    /// <inheritdoc cref="Set(string, int)"/>
    public void Set(string name, int? value) => values[name] = value;

    /// <summary>Writes null.</summary>
    public void SetNull(string name) => values[name] = null;

    /// <inheritdoc cref="Set(string, int)"/>
    public void Set(string name, bool value) => values[name] = value;

    /// <inheritdoc cref="Set(string, int)"/>
    public void Set(string name, double? value) => values[name] = value;

    /// <inheritdoc cref="Set(string, int)"/>
    public void Set(string name, float value) => // the shortest decimal that is the float again, as Python would have been given it
        values[name] = double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <inheritdoc cref="Set(string, int)"/>
    public void Set(string name, string? value) => values[name] = value;

    /// <inheritdoc cref="Set(string, int)"/>
    public void Set(string name, IEnumerable<int> list) => values[name] = new JsonArray([.. list.Select(value => (JsonNode)value)]);

    /// <inheritdoc cref="Set(string, int)"/>
    /// <exception cref="EngramException">Keras has no name for the function with these parameters.</exception>
    public void Set(string name, ActivationFunction function)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (function is ElementwiseActivation<ParametricFunction> parametric)
        {
            values[name] = parametric.Function.Write();
            return;
        }

        bool named = Activations.Names.Contains(function.Name) && Activations.Get(function.Name).Equals(function);
        values[name] = named
            ? function.Name
            : throw new EngramException($"{name}: '{function.Name}' with parameters of its own, or of one's own making, cannot be written as an option; use a layer after this one.");
    }

    /// <summary>Writes a list of whole numbers and nulls, or null.</summary>
    internal void Set(string name, IReadOnlyList<int?>? list) =>
        values[name] = list is null ? null : new JsonArray([.. list.Select(value => (JsonNode?)value)]);

    /// <summary>Writes what <see cref="Pairs"/> reads.</summary>
    internal void SetPairs(string name, params ReadOnlySpan<int> numbers)
    {
        var pairs = new List<JsonNode>();
        for (int i = 0; i < numbers.Length; i += 2) { pairs.Add(new JsonArray(numbers[i], numbers[i + 1])); }
        values[name] = pairs.Count == 1 ? pairs[0] : new JsonArray([.. pairs]);
    }

    /// <summary>Writes what <see cref="Numbers"/> reads: a list of one as a number.</summary>
    internal void SetNumbers(string name, IReadOnlyList<double>? numbers) => values[name] = numbers switch
    {
        null => null,
        [double only] => only,
        _ => new JsonArray([.. numbers.Select(value => (JsonNode)value)]),
    };

    /// <summary>Writes a shape.</summary>
    internal void SetAxes(string name, Shape shape)
    {
        var axes = new JsonArray();
        foreach (int axis in shape.Axes) { axes.Add(axis == Shape.Unknown ? null : (JsonNode)axis); }
        values[name] = axes;
    }

    /// <summary>Writes the word that stands for a value.</summary>
    public void Set<T>(string name, T value, params ReadOnlySpan<(string? Word, T Value)> choices) where T : struct, Enum
    {
        foreach ((string? word, T candidate) in choices)
        {
            if (EqualityComparer<T>.Default.Equals(candidate, value)) { values[name] = word; }
        }
    }

    /// <inheritdoc cref="Set(string, int)"/>
    public void Set(string name, Initializer initializer) =>
        values[name] = SerializedObject.Write("keras.initializers", initializer.Name, initializer.GetConfig());

    /// <inheritdoc cref="Set(string, int)"/>
    public void Set(string name, Regularizer? regularizer) => values[name] =
        regularizer is null ? null : SerializedObject.Write("keras.regularizers", regularizer.Name, regularizer.GetConfig());

    /// <inheritdoc cref="Set(string, int)"/>
    public void Set(string name, Constraint? constraint) => values[name] =
        constraint is null ? null : SerializedObject.Write("keras.constraints", constraint.Name, constraint.GetConfig());

    /// <inheritdoc cref="Set(string, int)"/>
    public void Set(string name, Layer? layer) => values[name] = layer is null ? null : LayerEntry.Write(layer);

    /// <inheritdoc cref="Set(string, int)"/>
    public void Set(string name, IEnumerable<Layer> layers) => values[name] = new JsonArray([.. layers.Select(LayerEntry.Write)]);

    /// <summary>The options that were read but have no bearing here, once all others have been read; null when there are none.</summary>
    /// <exception cref="EngramException">There is an option that nobody has read.</exception>
    internal JsonObject? Rest()
    {
        JsonObject? rest = null;
        foreach ((string name, JsonNode? value) in values)
        {
            if (read.Contains(name)) { continue; }
            if (value is null && name is "quantization_config" or "registered_name" or "input_axes" or "output_axes") { continue; }
            if (!Kept.Contains(name)) { throw new EngramException($"{Owner}: the option {name} is unknown."); }
            (rest ??= [])[name] = value?.DeepClone();
        }

        return rest;
    }

    /// <summary>The configuration that <paramref name="write"/> writes, with the options that were kept as they were read.</summary>
    internal static JsonObject Written(Action<Configuration> write, JsonObject? rest = null)
    {
        var config = new Configuration();
        write(config);
        config.Merge(rest);
        return config.Json;
    }

    private void Merge(JsonObject? rest)
    {
        foreach ((string name, JsonNode? value) in rest ?? []) { values[name] = value?.DeepClone(); }
    }

    private JsonNode? Value(string name)
    {
        read.Add(name);
        return values.TryGetPropertyValue(name, out JsonNode? value) ? value : null;
    }

    private SerializedObject? Object(string name) => Value(name) is { } node ? SerializedObject.Read(node, name, this) : null;

    private static double Number(JsonValue value) => value.TryGetValue(out double number) ? number : value.GetValue<int>();

    private EngramException Missing(string name, string expected) => new($"{Owner}: the option {name} is missing; expected {expected}.");

    private EngramException Wrong(string name, string expected) =>
        new($"{Owner}: {name} is {values[name]?.ToJsonString() ?? "null"}; expected {expected}.");
}
