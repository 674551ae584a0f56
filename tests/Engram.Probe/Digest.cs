using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Engram.Probe;

/// <summary>A fingerprint of numbers, to the last bit.</summary>
internal sealed class Digest
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Add(ReadOnlySpan<float> values) => hash.AppendData(MemoryMarshal.AsBytes(values));

    public void Add(double value) => hash.AppendData(BitConverter.GetBytes(value));

    public override string ToString() => Convert.ToHexString(hash.GetHashAndReset())[..16];
}
