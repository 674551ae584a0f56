using Engram.Data;

namespace Engram.Tests.Data;

/// <summary>Sequences out of a table with a row for each step.</summary>
public sealed class SequenceTableTests
{
    private const string Table = "trip;when;x;kind;y\nb;2024-01-03;3,5;far;1\na;2024-01-01;1,5;near;4\nb;2024-01-01;2,5;far;2\na;2024-01-04;;near;5\na;2024-01-05;5,5;near;6\n";

    [Fact]
    public void Rows_are_gathered_by_name_ordered_by_time_and_gaps_filled_by_it()
    {
        LabelledSequences read = LabelledSequences.FromTable(CsvTable.Parse(Table, "t", header: true), new SequenceColumns { Id = "trip", Time = "when", Label = "kind", Features = ["y", "x"], Missing = MissingValues.Interpolate });
        Assert.Equal(["b", "a"], read.Names);
        Assert.Equal(["y", "x"], read.FeatureNames);
        Assert.Equal(["far", "near"], read.Classes);
        Assert.Equal([0f, 1f], read.Targets);
        Assert.Equal(new float[,] { { 2, 2.5f }, { 1, 3.5f } }, read.Sequences[0]);
        Assert.Equal(new float[,] { { 4, 1.5f }, { 5, 4.5f }, { 6, 5.5f } }, read.Sequences[1]); // three of four days later
        Assert.Contains("1 values were missing", Assert.Single(read.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_of_the_training_file_keep_their_numbers_and_labels_may_be_left_out()
    {
        CsvTable table = CsvTable.Parse(Table, "t", header: true);
        var columns = new SequenceColumns { Id = "trip", Time = "when", Label = "kind", Features = ["y"] };
        Assert.Equal([2f, 0f], LabelledSequences.FromTable(table, columns, ["near", "close", "far"]).Targets);
        Assert.Contains("'b' is of the class 'far', which is none of near", Assert.Throws<EngramException>(() => LabelledSequences.FromTable(table, columns, ["near"])).Message, StringComparison.Ordinal);
        LabelledSequences bare = LabelledSequences.FromTable(table, new SequenceColumns { Id = "trip", IsLabelled = false, Features = ["y"] });
        Assert.Empty(bare.Classes);
        Assert.Empty(bare.Targets);
        Assert.Equal(new float[,] { { 1 }, { 2 } }, bare.Sequences[0]); // in the order of the file
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequenceColumns { Id = "trip", Missing = (MissingValues)9 });
    }
}
