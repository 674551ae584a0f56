namespace Engram;

/// <summary>How a weight is stored for inference.</summary>
public enum WeightType
{
    /// <summary>32-bit floats: what training uses.</summary>
    Float32,

    /// <summary>
    /// The upper 16 bits of a 32-bit float, rounded to the nearest, ties to even: the same range, 8 bits of precision. Half the memory; sums
    /// are those of 32-bit floats.
    /// </summary>
    Bfloat16,

    /// <summary>
    /// Whole numbers from -127 to 127 with one scale for each column (each unit of each gate). A quarter of the memory; inputs and states are
    /// rounded to 8 bits too, each row with a scale of its own at each step, and summed in whole numbers.
    /// </summary>
    Int8,
}
