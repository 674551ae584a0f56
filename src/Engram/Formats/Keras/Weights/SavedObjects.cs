using Engram.Layers;
using Engram.Models;

namespace Engram.Formats.Keras.Weights;

/// <summary>
/// Lays out a model as Keras 3 saves it: by the attributes in which objects keep each other and, in lists, by kind and number
/// (<c>layers/lstm_1/cell</c>), never by the names that users gave. An object that is met again is left out.
/// </summary>
internal sealed class SavedObjects
{
    private readonly HashSet<Layer> met = [];

    private SavedObjects() { }

    /// <summary>The layout of a built model.</summary>
    public static SavedObject Of(Network model) => new SavedObjects().Lay(model);

    private SavedObject Lay(Layer layer)
    {
        met.Add(layer);
        var saved = new SavedObject(layer.Name.Length > 0 ? layer.Name : LayerNames.SnakeCase(layer.Kind));
        switch (layer)
        {
            case Network network: AddList(saved, "layers", network.Layers); break;
            case Recurrent or ConvLstm: AddGroup(saved, "cell", layer.Weights); break;
            case Rnn rnn: Add(saved, "cell", rnn.Cell); break;
            case StackedRnnCells stack: AddList(saved, "cells", stack.Cells); break;
            case TimeDistributed distributed: Add(saved, "layer", distributed.Layer); break;
            case MultiHeadAttention attention: AddProjections(saved, attention); break;
            case Bidirectional both:
                Add(saved, "backward_layer", both.BackwardLayer);
                Add(saved, "forward_layer", both.ForwardLayer);
                break;
            default:
                // A layer of one's own: what it does not have from layers inside it is its own.
                var inner = new HashSet<Weight>(layer.InnerLayers.SelectMany(part => part.Weights));
                AddVariables(saved, layer.Weights.Where(weight => !inner.Contains(weight)));
                AddList(saved, "layers", layer.InnerLayers);
                break;
        }

        return saved;
    }

    private void Add(SavedObject owner, string place, Layer layer)
    {
        if (!met.Contains(layer)) { owner.Parts.Add(new SavedPart(place, Lay(layer))); }
    }

    // The first of a kind has no number; one that was met elsewhere takes a number all the same.
    private void AddList(SavedObject owner, string list, IReadOnlyList<Layer> layers)
    {
        var counts = new Dictionary<string, int>();
        foreach (Layer layer in layers)
        {
            string kind = LayerNames.SnakeCase(layer.Kind);
            int number = counts.GetValueOrDefault(kind);
            counts[kind] = number + 1;
            if (met.Contains(layer)) { continue; }
            owner.Parts.Add(new SavedPart($"{list}/{(number == 0 ? kind : $"{kind}_{number}")}", Lay(layer)) { Kind = kind, Number = number });
        }
    }

    // Weights whose owner is not a layer here: it is the last part but one of their names.
    private static void AddGroup(SavedObject owner, string place, IEnumerable<Weight> weights, string? oldPlace = null)
    {
        Weight[] own = [.. weights];
        var saved = new SavedObject(OwnerOf(own[0]));
        AddVariables(saved, own);
        owner.Parts.Add(new SavedPart(place, saved) { OldPlace = oldPlace });
    }

    private static void AddProjections(SavedObject saved, MultiHeadAttention attention)
    {
        foreach (IGrouping<string, Weight> projection in attention.Weights.GroupBy(OwnerOf))
        {
            // Keras has no public name for the gate.
            string place = projection.Key switch { "attention_output" => "output_dense", "gate" => "_gate_dense", var name => $"{name}_dense" };
            AddGroup(saved, place, projection, oldPlace: place.StartsWith('_') ? null : $"_{place}");
        }

        saved.Parts.Add(new SavedPart("_dropout_layer", new SavedObject("dropout")));
        saved.Parts.Add(new SavedPart("_softmax", new SavedObject("softmax")));
    }

    private static string OwnerOf(Weight weight) => weight.Name.Split('/') is { Length: > 1 } parts ? parts[^2] : weight.Name;

    private static void AddVariables(SavedObject saved, IEnumerable<Weight> weights) => saved.Variables.AddRange(weights.OrderBy(weight => !weight.IsTrainable));
}
