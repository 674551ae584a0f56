using System.Text.Json;
using Engram.Layers;

namespace Engram.Tests;

/// <summary>Layers from the configurations that Keras writes, for the golden files.</summary>
internal static class LayerFactory
{
    /// <summary>The layer that a configuration describes, or null where its kind, or an argument of its call, is not supported yet.</summary>
    public static Layer? Create(string kind, JsonElement config, JsonElement arguments)
    {
        if (arguments.EnumerateObject().Any())
        {
            // Keras' threshold has no default parameters, so the golden file passes them in the call.
            return kind == "Activation" && arguments.TryGetProperty("threshold", out JsonElement threshold)
                ? new Activation(Activations.Threshold(threshold.GetSingle(), arguments.GetProperty("default_value").GetSingle()))
                : null;
        }

        return Create(kind, config);
    }

    private static Layer? Create(string kind, JsonElement config)
    {
        Layer? layer = kind switch
        {
            "LSTM" => new Lstm(Int(config, "units"))
            {
                Activation = Function(config, "activation"),
                RecurrentActivation = Function(config, "recurrent_activation"),
                UseBias = Bool(config, "use_bias"),
                ReturnSequences = Bool(config, "return_sequences"),
                ReturnState = Bool(config, "return_state"),
                GoBackwards = Bool(config, "go_backwards"),
                Stateful = Bool(config, "stateful"),
                ZeroOutputForMask = Bool(config, "zero_output_for_mask"),
            },
            "GRU" => new Gru(Int(config, "units"))
            {
                Activation = Function(config, "activation"),
                RecurrentActivation = Function(config, "recurrent_activation"),
                ResetAfter = Bool(config, "reset_after"),
                UseBias = Bool(config, "use_bias"),
                ReturnSequences = Bool(config, "return_sequences"),
                ReturnState = Bool(config, "return_state"),
                GoBackwards = Bool(config, "go_backwards"),
                Stateful = Bool(config, "stateful"),
                ZeroOutputForMask = Bool(config, "zero_output_for_mask"),
            },
            "SimpleRNN" => new SimpleRnn(Int(config, "units"))
            {
                Activation = Function(config, "activation"),
                UseBias = Bool(config, "use_bias"),
                ReturnSequences = Bool(config, "return_sequences"),
                ReturnState = Bool(config, "return_state"),
                GoBackwards = Bool(config, "go_backwards"),
                Stateful = Bool(config, "stateful"),
                ZeroOutputForMask = Bool(config, "zero_output_for_mask"),
            },
            "Bidirectional" => Inner(config, "layer") is Recurrent forward
                ? new Bidirectional(forward, Inner(config, "backward_layer") as Recurrent) { MergeMode = Merge(config) }
                : null,
            "TimeDistributed" => Inner(config, "layer") is { } inner ? new TimeDistributed(inner) : null,
            "Dense" => new Dense(Int(config, "units")) { Activation = Function(config, "activation"), UseBias = Bool(config, "use_bias") },
            "Activation" => new Activation(Function(config, "activation")),
            "Flatten" => new Flatten(),
            "RepeatVector" => new RepeatVector(Int(config, "n")),
            "Dropout" => new Dropout(config.GetProperty("rate").GetSingle()),
            "Masking" => new Masking(config.GetProperty("mask_value").GetSingle()),
            "Embedding" => new Embedding(Int(config, "input_dim"), Int(config, "output_dim")) { MaskZero = Bool(config, "mask_zero") },
            _ => null,
        };
        if (layer is not null && config.TryGetProperty("name", out JsonElement name)) { layer.Name = name.GetString()!; }
        return layer;
    }

    private static Layer? Inner(JsonElement config, string property) =>
        config.TryGetProperty(property, out JsonElement inner) && inner.ValueKind == JsonValueKind.Object
            ? Create(inner.GetProperty("class_name").GetString()!, inner.GetProperty("config"))
            : null;

    private static MergeMode Merge(JsonElement config) => config.GetProperty("merge_mode").GetString() switch
    {
        null => MergeMode.None,
        "concat" => MergeMode.Concat,
        "sum" => MergeMode.Sum,
        "mul" => MergeMode.Multiply,
        "ave" => MergeMode.Average,
        string other => throw new InvalidDataException($"unknown merge mode '{other}'"),
    };

    private static ActivationFunction Function(JsonElement config, string property) =>
        Activations.Get(config.GetProperty(property).GetString()!);

    private static int Int(JsonElement config, string property) => config.GetProperty(property).GetInt32();

    private static bool Bool(JsonElement config, string property) => config.GetProperty(property).GetBoolean();
}
