using System.Buffers.Binary;
using Engram.Formats;
using Engram.Formats.TensorBoard;
using Engram.Tests.Training;
using Google.Protobuf;

namespace Engram.Tests.Formats.TensorBoard;

/// <summary>Event files: that of the real writer, those of our own, and damaged ones.</summary>
public sealed class EventFileTests
{
    internal static string Golden => Path.Combine(Fixtures.Repository, "tests", "fixtures", "tensorboard", "events.out.tfevents.1700000000.golden");

    [Fact]
    public void The_file_of_the_real_writer_is_read()
    {
        IReadOnlyList<EventRecord> records = EventFile.Read(Golden);
        Assert.Equal(23, records.Count);
        Assert.Equal("brain.Event:2", records[0].FileVersion);
        Assert.Equal(1795244130.5827475, records[0].WallTime);
        Assert.Empty(records[0].Values);
        for (int epoch = 0; epoch < 10; epoch++)
        {
            EventRecord train = records[1 + (2 * epoch)], validation = records[2 + (2 * epoch)];
            Assert.Equal((epoch, 1700000000.0 + epoch), (train.Step, train.WallTime));
            Assert.Equal(epoch, validation.Step);
            Assert.Equal(new ScalarValue("epoch_loss", 1f / (1 + epoch)), Assert.Single(train.Values));
            Assert.Equal(new ScalarValue("validation/epoch_loss", (float)(1.2 / (1 + epoch))), Assert.Single(validation.Values));
        }

        var histogram = Assert.IsType<HistogramValue>(Assert.Single(records[21].Values));
        Assert.Equal(("lstm/kernel", 3L), (histogram.Tag, records[21].Step));
        Assert.Equal((-3.899421730054339, 3.0660367390488967, 1000.0), (histogram.Min, histogram.Max, histogram.Count));
        Assert.Equal((-48.02827676298692, 956.3530648422026), (histogram.Sum, histogram.SumOfSquares));
        Assert.Equal(610, histogram.Limits.Count);
        Assert.Equal((-4.214722379471477, 3.1665833053880363), (histogram.Limits[0], histogram.Limits[^1]));
        Assert.Equal(1000, histogram.Counts.Sum());
        Assert.Equal([0.0, 1, 1, 0, 4, 1, 5], histogram.Counts.Take(7));
        var text = Assert.IsType<TextValue>(Assert.Single(records[22].Values));
        Assert.Equal(("note/text_summary", "**hello** world"), (text.Tag, Assert.Single(text.Texts)));
    }

    // RFC 3720, appendix B.4, and the mask that TensorFlow's record format puts over it.
    [Fact]
    public void The_check_sum_is_CRC_32C()
    {
        (byte[] Data, uint Sum)[] cases =
        [
            (new byte[32], 0x8a9136aa),
            ([.. Enumerable.Repeat((byte)0xff, 32)], 0x62a8ab43),
            ([.. Enumerable.Range(0, 32).Select(i => (byte)i)], 0x46dd794e),
            ("123456789"u8.ToArray(), 0xe3069283),
        ];
        foreach ((byte[] data, uint sum) in cases) { Assert.Equal(unchecked(((sum >> 15) | (sum << 17)) + 0xa282ead8u), MaskedCrc.Of(data)); }
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        using var folder = new TemporaryFolder();
        string path, second;
        GraphOperation[] graph = [new("x", "InputLayer", [], new Shape(Shape.Unknown, 7, 3)), new("encoder/lstm", "LSTM", ["x"], new Shape(Shape.Unknown, 5)), new("add", "Add", ["encoder/lstm", "encoder/lstm:1"])];
        float[] values = [.. Enumerable.Range(0, 100).Select(i => MathF.Sin(i) * 3), float.NaN, float.PositiveInfinity];
        using (var writer = new EventFileWriter(folder.File("run/train")))
        {
            path = writer.Path;
            using (var other = new EventFileWriter(folder.File("run/train"))) { second = other.Path; }
            Assert.Equal("brain.Event:2", Assert.Single(EventFile.Read(path)).FileVersion); // while the file is being written
            writer.Scalar("größe", -0.125, long.MaxValue);
            writer.Scalar("nan", double.NaN, -1);
            writer.Histogram("lstm/kernel", values, 4, buckets: 7);
            writer.Histogram("ones", [1, 1, 1], 5);
            writer.Histogram("none", [float.NaN], 6);
            writer.Text("note", "| a |\n|---|\n| ünï |", 7);
            writer.Graph(graph);
        }

        Assert.NotEqual(path, second);
        Assert.Matches(@"^events\.out\.tfevents\.[0-9]{10}\..+\.[0-9]+\.[0-9]+$", Path.GetFileName(path));
        IReadOnlyList<EventRecord> records = EventFile.Read(path);
        Assert.Equal(9, records.Count);
        Assert.All(records, record => Assert.InRange(record.WallTime, 1.7e9, 4e9));
        Assert.Equal((new ScalarValue("größe", -0.125), long.MaxValue), (Assert.Single(records[1].Values), records[1].Step));
        Assert.Equal((new ScalarValue("nan", double.NaN), -1), (Assert.Single(records[2].Values), records[2].Step));
        var histogram = Assert.IsType<HistogramValue>(Assert.Single(records[3].Values));
        float[] finite = values[..100];
        Assert.Equal((finite.Min(), finite.Max(), 100), ((float)histogram.Min, (float)histogram.Max, histogram.Count));
        Assert.Equal(7, histogram.Limits.Count);
        Assert.Equal(histogram.Max, histogram.Limits[^1]);
        Assert.Equal(finite.Sum(value => (double)value), histogram.Sum!.Value, 1e-9);
        Assert.Equal(finite.Sum(value => (double)value * value), histogram.SumOfSquares!.Value, 1e-9);
        double lower = double.NegativeInfinity;
        for (int i = 0; i < 7; i++)
        {
            // Ends belong to the bucket above, the last to its own.
            double upper = i == 6 ? double.PositiveInfinity : histogram.Limits[i];
            Assert.Equal(finite.Count(value => value >= lower && value < upper), histogram.Counts[i]);
            lower = histogram.Limits[i];
        }

        Assert.Equal(new ScalarValue("lstm/kernel/not_finite", 2), Assert.Single(records[4].Values));
        Assert.Equal([3.0], Assert.IsType<HistogramValue>(Assert.Single(records[5].Values)).Counts);
        Assert.Equal(new ScalarValue("none/not_finite", 1), Assert.Single(records[6].Values));
        Assert.Equal("| a |\n|---|\n| ünï |", Assert.Single(Assert.IsType<TextValue>(Assert.Single(records[7].Values)).Texts));
        Assert.Equal(graph.Select(Line), records[8].Graph!.Select(Line));

        static string Line(GraphOperation operation) => $"{operation.Name} {operation.Operation} {string.Join(",", operation.Inputs)} {operation.OutputShape}";
    }

    // TensorFlow 2 writes scalars and histograms as tensors.
    [Fact]
    public void Tensors_of_TensorFlow_2_are_read()
    {
        byte[] scalar = Value("loss", "scalars", Message(m => Field(Field(m, 1, 1), 4, BitConverter.GetBytes(2.5f))));
        byte[] packed = Value("rate", "scalars", Message(m => Field(Field(m, 1, 2), 6, BitConverter.GetBytes(0.1))));
        double[] rows = [-1, 0, 3, 0, 2, 5];
        byte[] histogram = Value("h", "histograms", Message(m => Field(Field(m, 1, 2), 4, [.. rows.SelectMany(BitConverter.GetBytes)])));
        byte[] other = Value("p", "graph_keras_model", Message(m => Field(Field(m, 1, 7), 8, "{}"u8.ToArray())));
        byte[] image = Message(m => Field(Field(m, 1, "picture"u8.ToArray()), 4, [1, 2]));
        byte[] file = Record(Message(m => Field(m, 5, Message(s => Field(Field(Field(Field(Field(s, 1, scalar), 1, packed), 1, histogram), 1, other), 1, image)))));
        IReadOnlyList<SummaryValue> values = Assert.Single(Read(file)).Values;
        Assert.Equal(new ScalarValue("loss", 2.5), values[0]);
        Assert.Equal(new ScalarValue("rate", 0.1), values[1]);
        var read = Assert.IsType<HistogramValue>(values[2]);
        Assert.Equal((-1.0, 2.0, 8.0, null), (read.Min, read.Max, read.Count, read.Sum));
        Assert.Equal([0.0, 2], read.Limits);
        Assert.Equal([3.0, 5], read.Counts);
        Assert.Equal(new OtherValue("p", "graph_keras_model"), values[3]);
        Assert.Equal(new OtherValue("picture", "image"), values[4]);
    }

    [Fact]
    public void A_damaged_record_is_refused_with_its_place()
    {
        byte[] bytes = File.ReadAllBytes(Golden);
        Refused(Flipped(bytes, 3), "damaged.tfevents: record 0 (byte 0): the check sum of its length is 0x");
        Refused(Flipped(bytes, 20), "record 0 (byte 0): the check sum of its data is 0x");
        Refused(Flipped(bytes, 88 + 14), "record 1 (byte 88): the check sum of its data is 0x");
        Refused(Flipped(bytes, bytes.Length - 1), "record 22 (byte 11014): the check sum of its data");
        Refused(bytes[..95], "record 1 (byte 88): is cut short: 7 bytes are left, expected 12 bytes of its length");
        Refused(bytes[..110], "record 1 (byte 88): is cut short: 10 bytes are left, expected 30 bytes of data and 4 of their check sum");
        Refused([], "is empty");
        Refused(Record([0x0a]), "record 0 (byte 0): is no valid protobuf message of an event");
        Refused(Record(Message(m => Field(m, 5, Message(s => Field(s, 1, []))))), "a value has no tag");
        byte[] uneven = Message(m => Field(m, 6, new byte[16]));
        Refused(Record(Message(m => Field(m, 5, Message(s => Field(s, 1, Message(v => Field(Field(v, 1, "h"u8.ToArray()), 5, uneven))))))), "the histogram 'h' has 2 limits and 0 counts");
        using var stream = new MemoryStream(bytes[..110]);
        Assert.Single(EventFile.Read(stream, "growing", allowCutEnd: true, null));

        byte[] giant = new byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(giant, 1L << 40);
        BinaryPrimitives.WriteUInt32LittleEndian(giant.AsSpan(8), MaskedCrc.Of(giant.AsSpan(0, 8)));
        Refused(giant, "is 1099511627776 bytes long; the limit is");
        var error = Assert.Throws<EngramException>(() => EventFile.Read(new MemoryStream(bytes), "small", false, new ReadLimits { ArrayBytes = 71 }));
        Assert.Equal("small: record 0 (byte 0): is 72 bytes long; the limit is 71.", error.Message);
        Assert.Contains("cannot be read", Assert.Throws<EngramException>(() => EventFile.Read("/nowhere/at.all")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "");
        var error = Assert.Throws<EngramException>(() => new EventFileWriter(folder.File("file/logs")));
        Assert.Contains(folder.File("file/logs"), error.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be written", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A record of a file with right check sums.</summary>
    internal static byte[] Record(byte[] data)
    {
        var record = new byte[data.Length + 16];
        BinaryPrimitives.WriteInt64LittleEndian(record, data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedCrc.Of(record.AsSpan(0, 8)));
        data.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + data.Length), MaskedCrc.Of(data));
        return record;
    }

    internal static List<EventRecord> Read(byte[] file) => EventFile.Read(new MemoryStream(file), "file", false, null);

    private static void Refused(byte[] file, string says)
    {
        var error = Assert.Throws<EngramException>(() => EventFile.Read(new MemoryStream(file), "damaged.tfevents", false, null));
        Assert.StartsWith("damaged.tfevents: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Flipped(byte[] bytes, int at)
    {
        byte[] copy = [.. bytes];
        copy[at] ^= 4;
        return copy;
    }

    private static byte[] Value(string tag, string plugin, byte[] tensor) => Message(v => Field(
        Field(Field(v, 1, System.Text.Encoding.UTF8.GetBytes(tag)), 8, tensor), 9, Message(m => Field(m, 1, Message(p => Field(p, 1, System.Text.Encoding.UTF8.GetBytes(plugin)))))));

    private static byte[] Message(Func<CodedOutputStream, CodedOutputStream> write)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory, leaveOpen: true)) { write(output); }
        return memory.ToArray();
    }

    private static CodedOutputStream Field(CodedOutputStream output, int field, byte[] bytes)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(bytes));
        return output;
    }

    private static CodedOutputStream Field(CodedOutputStream output, int field, long value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
        return output;
    }
}
