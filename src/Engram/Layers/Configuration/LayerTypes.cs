using System.Text.Json.Nodes;
using Engram.Data;
using Engram.Models;

namespace Engram.Layers;

/// <summary>
/// The kinds of layer that a configuration may name, and how each is created from its options: a fixed list, to which layers of
/// one's own are added by name. Nothing else is ever created from a configuration.
/// </summary>
public sealed class LayerTypes
{
    private readonly Dictionary<string, Func<Configuration, Layer>> types;

    private readonly HashSet<string> own;

    private LayerTypes(Dictionary<string, Func<Configuration, Layer>> types, HashSet<string>? own = null)
    {
        this.types = types;
        this.own = own ?? [];
    }

    /// <summary>The layers that Engram has.</summary>
    public static LayerTypes BuiltIn { get; } = new(new(StringComparer.Ordinal)
    {
        ["Activation"] = Activation.ReadConfig,
        ["Add"] = Add.ReadConfig,
        ["AdditiveAttention"] = AdditiveAttention.ReadConfig,
        ["AlphaDropout"] = AlphaDropout.ReadConfig,
        ["Attention"] = Attention.ReadConfig,
        ["Average"] = Average.ReadConfig,
        ["AveragePooling1D"] = AveragePooling1D.ReadConfig,
        ["AveragePooling2D"] = AveragePooling2D.ReadConfig,
        ["BatchNormalization"] = BatchNormalization.ReadConfig,
        ["BatchedProduct"] = BatchedProduct.ReadConfig,
        ["Bidirectional"] = Bidirectional.ReadConfig,
        ["Concatenate"] = Concatenate.ReadConfig,
        ["Conv1D"] = Conv1D.ReadConfig,
        ["Conv1DTranspose"] = Conv1DTranspose.ReadConfig,
        ["Conv2D"] = Conv2D.ReadConfig,
        ["Conv3D"] = Conv3D.ReadConfig,
        ["ConvLSTM1D"] = ConvLstm1D.ReadConfig,
        ["ConvLSTM2D"] = ConvLstm2D.ReadConfig,
        ["ConvLSTM3D"] = ConvLstm3D.ReadConfig,
        ["Cropping1D"] = Cropping1D.ReadConfig,
        ["Cropping2D"] = Cropping2D.ReadConfig,
        ["Dense"] = Dense.ReadConfig,
        ["DepthwiseConv1D"] = DepthwiseConv1D.ReadConfig,
        ["DepthwiseConv2D"] = DepthwiseConv2D.ReadConfig,
        ["Dot"] = Dot.ReadConfig,
        ["Dropout"] = Dropout.ReadConfig,
        ["ELU"] = Elu.ReadConfig,
        ["Embedding"] = Embedding.ReadConfig,
        ["Flatten"] = Flatten.ReadConfig,
        ["Functional"] = Model.ReadConfig,
        ["GRU"] = Gru.ReadConfig,
        ["GRUCell"] = GruCell.ReadConfig,
        ["GaussianDropout"] = GaussianDropout.ReadConfig,
        ["GaussianNoise"] = GaussianNoise.ReadConfig,
        ["GlobalAveragePooling1D"] = GlobalAveragePooling1D.ReadConfig,
        ["GlobalAveragePooling2D"] = GlobalAveragePooling2D.ReadConfig,
        ["GlobalMaxPooling1D"] = GlobalMaxPooling1D.ReadConfig,
        ["GlobalMaxPooling2D"] = GlobalMaxPooling2D.ReadConfig,
        ["GroupNormalization"] = GroupNormalization.ReadConfig,
        ["InputLayer"] = Input.ReadConfig,
        ["InsertAxes"] = InsertAxes.ReadConfig,
        ["LSTM"] = Lstm.ReadConfig,
        ["LSTMCell"] = LstmCell.ReadConfig,
        ["LayerNormLstm"] = LayerNormLstm.ReadConfig,
        ["LayerNormLstmCell"] = LayerNormLstmCell.ReadConfig,
        ["LayerNormalization"] = LayerNormalization.ReadConfig,
        ["LeakyReLU"] = LeakyRelu.ReadConfig,
        ["LengthMask"] = LengthMask.ReadConfig,
        ["MLstm"] = MLstm.ReadConfig,
        ["Masking"] = Masking.ReadConfig,
        ["MaxPooling1D"] = MaxPooling1D.ReadConfig,
        ["MaxPooling2D"] = MaxPooling2D.ReadConfig,
        ["Maximum"] = Maximum.ReadConfig,
        ["MinimalGatedCell"] = MinimalGatedCell.ReadConfig,
        ["MinimalGatedUnit"] = MinimalGatedUnit.ReadConfig,
        ["Minimum"] = Minimum.ReadConfig,
        ["Model"] = Model.ReadConfig,
        ["MultiHeadAttention"] = MultiHeadAttention.ReadConfig,
        ["Multiply"] = Multiply.ReadConfig,
        ["Normalization"] = Normalization.ReadConfig,
        ["PReLU"] = PRelu.ReadConfig,
        ["Permute"] = Permute.ReadConfig,
        ["Places"] = Places.ReadConfig,
        ["RMSNormalization"] = RmsNormalization.ReadConfig,
        ["RNN"] = Rnn.ReadConfig,
        ["ReLU"] = Relu.ReadConfig,
        ["Reduce"] = Reduce.ReadConfig,
        ["RepeatVector"] = RepeatVector.ReadConfig,
        ["Rescaling"] = Rescaling.ReadConfig,
        ["Reshape"] = Reshape.ReadConfig,
        ["SLstm"] = SLstm.ReadConfig,
        ["SLstmCell"] = SLstmCell.ReadConfig,
        ["SeparableConv1D"] = SeparableConv1D.ReadConfig,
        ["SeparableConv2D"] = SeparableConv2D.ReadConfig,
        ["Select"] = Select.ReadConfig,
        ["Sequential"] = Sequential.ReadConfig,
        ["SimpleRNN"] = SimpleRnn.ReadConfig,
        ["SimpleRNNCell"] = SimpleRnnCell.ReadConfig,
        ["Softmax"] = Softmax.ReadConfig,
        ["SpatialDropout1D"] = SpatialDropout1D.ReadConfig,
        ["StackedRNNCells"] = StackedRnnCells.ReadConfig,
        ["StoredArray"] = StoredArray.ReadConfig,
        ["Subtract"] = Subtract.ReadConfig,
        ["TakePlaces"] = TakePlaces.ReadConfig,
        ["TimeDistributed"] = TimeDistributed.ReadConfig,
        ["UnitNormalization"] = UnitNormalization.ReadConfig,
        ["UpSampling1D"] = UpSampling1D.ReadConfig,
        ["UpSampling2D"] = UpSampling2D.ReadConfig,
        ["ZeroPadding1D"] = ZeroPadding1D.ReadConfig,
        ["ZeroPadding2D"] = ZeroPadding2D.ReadConfig,
    });

    /// <summary>The kinds, in alphabetical order.</summary>
    public IReadOnlyList<string> Kinds => [.. types.Keys.Order(StringComparer.Ordinal)];

    /// <summary>These kinds and one more.</summary>
    /// <param name="kind">Its <see cref="Layer.Kind"/>.</param>
    /// <param name="create">Creates the layer from its options, the name left out.</param>
    public LayerTypes With(string kind, Func<Configuration, Layer> create) =>
        new(new(types, StringComparer.Ordinal) { [kind] = create }, [.. own, kind]);

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

    /// <summary>Creates the layer of an entry; a class that somebody registered as their own only where it was added here.</summary>
    internal Layer Create(SerializedObject found)
    {
        if (found.Package is null or "Engram" || own.Contains(found.ClassName)) { return Create(found.ClassName, found.Config); }
        throw new EngramException(
            $"{found.Config.Owner}: the class {found.ClassName} of {found.Package} is not known here, and nothing is ever looked up by a name in a file; a layer of one's own is made known with LayerTypes.BuiltIn.With(\"{found.ClassName}\", ...).");
    }

    internal Layer Create(string kind, Configuration config)
    {
        if (!types.TryGetValue(kind, out Func<Configuration, Layer>? create))
        {
            string nearest = kind.Length <= 64 ? Closest.Hint(kind, types.Keys) : "";
            throw new EngramException(
                $"{config.Owner}: there is no layer of the kind {kind}. {nearest}A layer of one's own is made known with LayerTypes.BuiltIn.With(\"{kind}\", ...).");
        }

        try
        {
            OldOptions.Translate(kind, config.Owner, config.Json);
            Layer layer = create(config);
            layer.ReadCommon(config);
            return layer;
        }
        catch (ArgumentException e)
        {
            throw new EngramException($"{config.Owner}: {Said(e)}", e);
        }
    }

    // Without the name of the parameter, which is that of a constructor.
    private static string Said(ArgumentException e)
    {
        int end = e.Message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return end < 0 ? e.Message : e.Message[..end];
    }
}
