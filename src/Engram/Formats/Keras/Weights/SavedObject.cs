using Engram.Layers;

namespace Engram.Formats.Keras.Weights;

/// <summary>An object of Keras that has variables of its own, or others inside it, as its files lay them out.</summary>
/// <param name="name">The name that Keras writes beside its variables; nothing is found by it.</param>
internal sealed class SavedObject(string name)
{
    /// <summary>The name that Keras writes beside the variables.</summary>
    public string Name { get; } = name;

    /// <summary>Its own variables, those that training changes first.</summary>
    public List<Weight> Variables { get; } = [];

    /// <summary>What is inside it.</summary>
    public List<SavedPart> Parts { get; } = [];

    /// <summary>Whether there are variables here or anywhere inside.</summary>
    public bool HasVariables => Variables.Count > 0 || Parts.Exists(part => part.Object.HasVariables);
}

/// <summary>An object within another.</summary>
/// <param name="Place">Where it stands, seen from the object around it: <c>cell</c>, <c>layers/lstm_1</c>.</param>
/// <param name="Object">The object.</param>
internal sealed record SavedPart(string Place, SavedObject Object)
{
    /// <summary>The place in files of Keras 2, where that is another: <c>_query_dense</c>.</summary>
    public string? OldPlace { get; init; }

    /// <summary>Of objects in a list the kind, by which they are numbered: <c>lstm</c>. Otherwise null.</summary>
    public string? Kind { get; init; }

    /// <summary>Of objects in a list: how many of its kind stand before it.</summary>
    public int Number { get; init; }
}
