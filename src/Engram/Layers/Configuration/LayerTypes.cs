using System.Text.Json.Nodes;

namespace Engram.Layers;

/// <summary>
/// The kinds of layer that a configuration may name, and how each is created from its options: a fixed list, to which layers of
/// one's own are added by name. Nothing else is ever created from a configuration.
/// </summary>
public sealed class LayerTypes
{
    private readonly Dictionary<string, Func<Configuration, Layer>> types;

    private LayerTypes(Dictionary<string, Func<Configuration, Layer>> types) => this.types = types;

    /// <summary>The layers that Engram has.</summary>
    public static LayerTypes BuiltIn { get; } = new(new(StringComparer.Ordinal)
    {
        ["Activation"] = Activation.ReadConfig,
        ["Bidirectional"] = Bidirectional.ReadConfig,
        ["Conv1D"] = Conv1D.ReadConfig,
        ["Conv1DTranspose"] = Conv1DTranspose.ReadConfig,
        ["Conv2D"] = Conv2D.ReadConfig,
        ["Conv3D"] = Conv3D.ReadConfig,
        ["ConvLSTM1D"] = ConvLstm1D.ReadConfig,
        ["ConvLSTM2D"] = ConvLstm2D.ReadConfig,
        ["ConvLSTM3D"] = ConvLstm3D.ReadConfig,
        ["Dense"] = Dense.ReadConfig,
        ["DepthwiseConv1D"] = DepthwiseConv1D.ReadConfig,
        ["DepthwiseConv2D"] = DepthwiseConv2D.ReadConfig,
        ["Dropout"] = Dropout.ReadConfig,
        ["Embedding"] = Embedding.ReadConfig,
        ["Flatten"] = Flatten.ReadConfig,
        ["GRU"] = Gru.ReadConfig,
        ["InputLayer"] = Input.ReadConfig,
        ["LSTM"] = Lstm.ReadConfig,
        ["Masking"] = Masking.ReadConfig,
        ["RepeatVector"] = RepeatVector.ReadConfig,
        ["SeparableConv1D"] = SeparableConv1D.ReadConfig,
        ["SeparableConv2D"] = SeparableConv2D.ReadConfig,
        ["SimpleRNN"] = SimpleRnn.ReadConfig,
        ["TimeDistributed"] = TimeDistributed.ReadConfig,
    });

    /// <summary>The kinds, in alphabetical order.</summary>
    public IReadOnlyList<string> Kinds => [.. types.Keys.Order(StringComparer.Ordinal)];

    /// <summary>These kinds and one more.</summary>
    /// <param name="kind">Its <see cref="Layer.Kind"/>.</param>
    /// <param name="create">Creates the layer from its options, the name left out.</param>
    public LayerTypes With(string kind, Func<Configuration, Layer> create) =>
        new(new(types, StringComparer.Ordinal) { [kind] = create });

    /// <summary>Creates the layer that a configuration describes.</summary>
    /// <param name="kind">The kind as Keras names it, for example <c>LSTM</c>.</param>
    /// <param name="config">Its options as Keras writes them.</param>
    /// <exception cref="EngramException">The kind is unknown, or an option is missing, wrong or unknown.</exception>
    public Layer Create(string kind, JsonObject config)
    {
        ArgumentNullException.ThrowIfNull(config);
        string owner = config["name"] is JsonValue name && name.TryGetValue(out string? text) ? text : kind;
        return Create(kind, new Configuration(owner, config, this));
    }

    internal Layer Create(string kind, Configuration config)
    {
        if (!types.TryGetValue(kind, out Func<Configuration, Layer>? create))
        {
            throw new EngramException($"{config.Owner}: there is no layer of the kind {kind}.");
        }

        try
        {
            Layer layer = create(config);
            layer.ReadCommon(config);
            return layer;
        }
        catch (ArgumentException e)
        {
            throw new EngramException($"{config.Owner}: {e.Message}", e);
        }
    }
}
