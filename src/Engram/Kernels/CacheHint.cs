using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels;

/// <summary>Hints to the processor's caches, for reads in an order that it does not foresee by itself. They never fail, whatever the address.</summary>
internal static unsafe class CacheHint
{
    /// <summary>The line of this address will be read soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Soon(float* address)
    {
        if (Sse.IsSupported) { Sse.Prefetch0(address); }
    }

    /// <summary>The same for four addresses, so far apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SoonGates(float* address, nint apart)
    {
        Soon(address);
        Soon(address + apart);
        Soon(address + (2 * apart));
        Soon(address + (3 * apart));
    }
}
