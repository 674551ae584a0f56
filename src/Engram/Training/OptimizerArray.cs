namespace Engram.Training;

/// <summary>An array that an optimizer keeps from step to step.</summary>
/// <param name="Weight">The number of the weight that it belongs to among those the optimizer was built for; null where it belongs to none.</param>
/// <param name="Slot">What it is, as Keras names it: <c>momentum</c>, <c>velocity</c>, <c>average</c>, <c>gradient_accumulator</c>.</param>
/// <param name="Path">A name that is unique within the optimizer.</param>
/// <param name="Value">The numbers; whoever restores a state writes them here.</param>
internal sealed record OptimizerArray(int? Weight, string Slot, string Path, TensorBuffer Value);
