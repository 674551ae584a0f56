namespace Engram.Tests.Kernels;

/// <summary>The counter-based generator against the known answers of its authors (Random123, philox4x32-10).</summary>
public class RandomKeyTests
{
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Philox_gives_the_known_answers(
        uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint a, uint b, uint c, uint d) =>
        Assert.Equal((a, b, c, d), RandomKey.Philox(c0, c1, c2, c3, k0, k1));

    [Fact]
    public void Filling_gives_the_same_numbers_as_asking_one_by_one()
    {
        var key = new RandomKey(9);
        foreach (int length in new[] { 0, 1, 3, 4, 7, 33 })
        {
            var values = new float[length];
            key.FillUniform(values, start: 8);
            for (int i = 0; i < length; i++) { Assert.Equal(key.Uniform(8 + (ulong)i), values[i]); }
        }
    }

    [Fact]
    public void Derived_keys_differ_from_each_other_and_from_their_parent()
    {
        var key = new RandomKey(1);
        RandomKey[] keys = [key, new RandomKey(2), .. Enumerable.Range(0, 500).Select(i => key.Derive(i)), key.Derive("a"), key.Derive("b")];
        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    [Fact]
    public void Uniform_and_normal_numbers_have_their_moments()
    {
        var key = new RandomKey(4);
        const int Count = 100_000;
        double uniform = 0, normal = 0, squares = 0;
        for (ulong i = 0; i < Count; i++)
        {
            float u = key.Uniform(i);
            Assert.InRange(u, 0f, 0.99999994f);
            uniform += u;
            double n = key.Derive(1).Normal(i);
            normal += n;
            squares += n * n;
        }

        Assert.InRange(uniform / Count, 0.495, 0.505);
        Assert.InRange(normal / Count, -0.015, 0.015);
        Assert.InRange(squares / Count, 0.98, 1.02);
    }

    [Fact]
    public void Shuffling_keeps_every_item_and_moves_most()
    {
        int[] items = [.. Enumerable.Range(0, 1000)];
        new RandomKey(5).Shuffle(items);
        Assert.Equal(Enumerable.Range(0, 1000), items.Order());
        Assert.True(items.Where((item, place) => item == place).Count() < 10);
    }
}
