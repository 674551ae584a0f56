using Xunit.Sdk;

namespace Engram.Tests;

/// <summary>The yardstick itself is tested: a comparison that NaN passes would prove nothing.</summary>
public sealed class GoldenTests
{
    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1.1)]
    public void A_wrong_value_fails(double wrong)
    {
        Assert.Throws<XunitException>(() => Golden.AssertClose([1.0, 2.0], [wrong, 2.0], 1e-6, "x"));
        Assert.Throws<XunitException>(() => Golden.AssertClose([1.0, 2.0], [(float)wrong, 2f], 1e-6, "x"));
        Assert.Throws<XunitException>(() => Golden.AssertClose([wrong, 2.0], [1.0, 2.0], 1e-6, "x"));
    }

    [Fact]
    public void Another_length_fails() => Assert.Throws<XunitException>(() => Golden.AssertClose([1.0, 2.0], [1.0], 1, "x"));

    [Fact]
    public void Tolerance_is_relative_to_the_largest_expected_value()
    {
        Golden.AssertClose([1e6, 0.0], [1e6, 0.5], 1e-6, "x");
        Assert.Throws<XunitException>(() => Golden.AssertClose([1e6, 0.0], [1e6, 1.5], 1e-6, "x"));
        Golden.AssertClose([double.NaN, double.NegativeInfinity], [double.NaN, double.NegativeInfinity], 1e-6, "x");
    }

    [Fact]
    public void A_missing_folder_is_an_error() => Assert.Throws<DirectoryNotFoundException>(() => Fixtures.Open("no_such_folder"));
}
