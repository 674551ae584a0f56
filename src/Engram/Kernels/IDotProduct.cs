namespace Engram.Kernels;

/// <summary>
/// Products of 8-bit whole numbers summed in 32 bits, one implementation for each width. Numbers are from -127 to 127: then no
/// intermediate sum of 16 bits can overflow (2 x 127 x 127 = 32,258), and all routes give the same whole numbers.
/// </summary>
/// <typeparam name="I">A vector of 32-bit lanes, each one sum or four 8-bit numbers.</typeparam>
internal unsafe interface IDotProduct<I> where I : struct
{
    /// <summary>The number of sums in a vector.</summary>
    static abstract int Lanes { get; }

    static abstract I Load(int* source);

    /// <summary>The same four numbers in every lane.</summary>
    static abstract I Broadcast(int* source);

    /// <summary>What <see cref="MultiplyAdd"/> needs to know of the signs of x.</summary>
    static abstract I Signs(I x);

    /// <summary>What <see cref="MultiplyAdd"/> needs beside the signs: usually |x|.</summary>
    static abstract I Magnitudes(I x, I signs);

    /// <summary>In each lane: sum + the four products of x and the weights.</summary>
    static abstract I MultiplyAdd(I magnitudes, I signs, I weights, I sum);

    /// <summary>destination = start + sum (rowScale scales), each product and the sum of both rounded once.</summary>
    static abstract void StoreScaled(float* destination, I sum, float rowScale, float* scales, float* start);
}

/// <summary>A loop over vectors of whole numbers, written once for every width.</summary>
internal interface IDotKernel
{
    /// <summary>Runs the loop with vectors of type <typeparamref name="I"/>.</summary>
    void Run<TDot, I>() where TDot : struct, IDotProduct<I> where I : struct;
}
