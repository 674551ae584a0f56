using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels;

/// <summary>
/// The instruction-set tiers, widest first, and the one choice among them. All tiers run the same source (see
/// <see cref="IVectorIsa{V}"/>) and give the same bits: lanes run across columns, and every sum runs in one order with fused
/// multiply-add. <c>ENGRAM_ISA</c> = <c>512</c>, <c>256</c> or <c>128</c> forces one.
/// </summary>
internal static class Isa
{
    /// <summary>The width in bits that is used.</summary>
    public static readonly int Bits = Choose(Environment.GetEnvironmentVariable("ENGRAM_ISA"));

    /// <summary>The number of floats in a vector of the chosen tier.</summary>
    public static int Lanes => Bits / 32;

    /// <summary>Runs a kernel on the chosen tier: the one place where width is decided.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TKernel>(ref TKernel kernel) where TKernel : struct, IKernel
    {
        if (Bits == 512) { kernel.Run<Isa512, Vector512<float>>(); }
        else if (Bits == 256) { kernel.Run<Isa256, Vector256<float>>(); }
        else { kernel.Run<Isa128, Vector128<float>>(); }
    }

    /// <summary>Runs a kernel of whole numbers on the chosen tier.</summary>
    public static void RunDot<TKernel>(ref TKernel kernel) where TKernel : struct, IDotKernel
    {
        if (Bits == 512) { kernel.Run<Dot512, Vector512<int>>(); }
        else if (Bits == 256) { kernel.Run<Dot256, Vector256<int>>(); }
        else { kernel.Run<Dot128, Vector128<int>>(); }
    }

    // Ranked by what was measured: a wider vector is faster wherever the hardware has it. Without fused multiply-add in
    // hardware the 128-bit tier still gives the right bits, slowly.
    private static int Choose(string? forced)
    {
        if (string.IsNullOrEmpty(forced)) { return Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128; }
        return forced switch
        {
            // A width that the hardware lacks is emulated by the runtime: slow, but the same bits, which tests make use of.
            "512" => 512,
            "256" => 256,
            "128" => 128,
            _ => throw new EngramException($"ENGRAM_ISA is '{forced}'; it must be 512, 256 or 128."),
        };
    }
}

/// <summary>
/// A loop over vectors, written once for every width. Loops are compiled at full optimisation at once: at the runtime's first, quick
/// compilation they would be a hundred times slower, which a model that trains for a second would notice.
/// </summary>
internal interface IKernel
{
    /// <summary>Runs the loop with vectors of type <typeparamref name="V"/>.</summary>
    void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct;
}
