using Engram.Formats;
using Engram.Formats.Hdf5;

namespace Engram.Tests.Formats.Hdf5;

public class Hdf5ReadTests
{
    public static TheoryData<string> Sound() => [.. Hdf5Fixtures.Index.Where(file => file.Value.TryGetProperty("objects", out _)).Select(file => file.Key)];

    public static TheoryData<string> Refused() => [.. Hdf5Fixtures.Index.Where(file => file.Value.TryGetProperty("refused", out _)).Select(file => file.Key)];

    [Theory]
    [MemberData(nameof(Sound))]
    public void Everything_that_h5py_wrote_is_read_as_h5py_reads_it(string name)
    {
        Hdf5Group root = Hdf5Fixtures.Read(name);
        Assert.True(Hdf5Comparison.Same(root, Hdf5Fixtures.Index[name].GetProperty("objects")) > 0);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_not_read_is_refused_with_a_message_that_says_why_and_where(string name)
    {
        EngramException error = Assert.Throws<EngramException>(() => Hdf5Fixtures.ReadAll(Hdf5Fixtures.Read(name)));
        Assert.StartsWith($"{name}: /", error.Message, StringComparison.Ordinal);
        Assert.Contains(Hdf5Fixtures.Index[name].GetProperty("refused").GetString()!, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_order_of_creation_is_kept_where_the_file_keeps_it()
    {
        foreach (string name in new[] { "ordered_tracked.h5", "ordered_tracked_latest.h5" })
        {
            Hdf5Group root = Hdf5Fixtures.Read(name);
            Assert.Equal(["zebra", "apple", "middle", "inner"], root.Children.Keys);
            Assert.Equal(Enumerable.Range(0, 12).Select(i => $"child_{i * 5 % 12}"), root.Group("inner").Children.Keys);
            Assert.Equal(Enumerable.Range(0, 12).Select(i => $"attribute_{i * 7 % 12}"), root.Group("inner").Attributes.Keys);
        }

        Assert.Equal(["apple", "inner", "middle", "zebra"], Hdf5Fixtures.Read("ordered_v110.h5").Children.Keys);

        Assert.Equal(["n", "b", "a"], Hdf5Fixtures.Read("ordered_earliest.h5").Group("middle").Attributes.Keys);
    }

    [Fact]
    public void A_file_on_disk_is_read_as_one_in_memory_and_a_part_of_a_file_as_a_file()
    {
        string path = Path.Combine(Hdf5Fixtures.Folder, "layouts_latest.h5");
        using FileBytes bytes = FileBytes.Open(path);
        Hdf5Group onDisk = Hdf5File.Read(bytes, ReadLimits.Default);
        byte[] inside = [1, 2, 3, .. File.ReadAllBytes(path), 4];
        Hdf5Group part = Hdf5File.Read(FileBytes.Of(inside, "zip").Slice(3, inside.Length - 4, "zip/entry"), ReadLimits.Default);
        foreach (Hdf5Dataset dataset in onDisk.Datasets.Where(dataset => dataset.Type.Class == Hdf5Class.Float))
        {
            Assert.Equal(dataset.ReadDoubles(), part.Dataset(dataset.Path).ReadDoubles());
        }
    }

    [Fact]
    public void A_missing_object_is_an_error_that_names_it_and_what_is_there()
    {
        Hdf5Group root = Hdf5Fixtures.Read("more_earliest.h5");
        EngramException error = Assert.Throws<EngramException>(() => root.Group("again").Dataset("level_0/vars/0"));
        Assert.Contains("more_earliest.h5: /again/level_0/vars/0", error.Message, StringComparison.Ordinal);
        Assert.Contains("level_0", error.Message, StringComparison.Ordinal);
        Assert.False(root.TryGetGroup("deep/level_0/level_1/level_2/nothing", out _));
        Assert.True(root.TryGetGroup("/deep/level_0/", out Hdf5Group? group));
        Assert.Equal("level_0", group.Name);
    }

    [Fact]
    public void What_does_not_fit_is_an_error_and_not_a_wrong_number()
    {
        Hdf5Group root = Hdf5Fixtures.Read("types_earliest.h5");
        Assert.Contains("texts are expected", Assert.Throws<EngramException>(() => root.Dataset("scalar").ReadStrings()).Message, StringComparison.Ordinal);
        Assert.Contains("numbers are expected", Assert.Throws<EngramException>(() => root.Dataset("text").ReadDoubles()).Message, StringComparison.Ordinal);
        Assert.Contains("integers are expected", Assert.Throws<EngramException>(() => root.Dataset("little_f4").ReadIntegers()).Message, StringComparison.Ordinal);
        Assert.Contains("7 are expected", Assert.Throws<EngramException>(() => root.Dataset("little_f4").ReadFloats(new float[7])).Message, StringComparison.Ordinal);
        Assert.Contains("compound", Assert.Throws<EngramException>(() => Hdf5Fixtures.Read("unusual_latest.h5").Dataset("compound").ReadDoubles()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_cut_of_a_file_is_refused()
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(Hdf5Fixtures.Folder, "more_v110.h5"));
        for (int length = 0; length < whole.Length; length++)
        {
            EngramException error = Assert.Throws<EngramException>(() => Hdf5File.Read(FileBytes.Of(whole.AsMemory(0, length), "cut.h5"), ReadLimits.Default));
            Assert.StartsWith("cut.h5: ", error.Message, StringComparison.Ordinal);
        }
    }
}
