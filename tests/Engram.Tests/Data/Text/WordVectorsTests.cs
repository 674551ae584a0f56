using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Engram.Data;
using Engram.Formats;
using Engram.Layers;
using Engram.Models;
using Engram.Tests.Fuzzing;
using Xunit.Abstractions;

namespace Engram.Tests.Data.Text;

public sealed class WordVectorsTests(ITestOutputHelper output) : IDisposable
{
    private const string Plain = "the 0.5 -1 2e-3\nKönig 1.5 2 3\n. . . -4 5 6.25\nkönig 7 8 9";

    private static readonly string[] Words = ["the", "König", ". . .", "königin"];
    private static readonly float[][] Vectors = [[0.5f, -1, 2e-3f], [1.5f, 2, 3], [-4, 5, 6.25f], [7, 8, 9]];

    private readonly string folder = Directory.CreateTempSubdirectory("engram-vectors-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Text_is_read_with_and_without_a_first_line_and_packed(bool header, bool packed)
    {
        byte[] bytes = Encoding.UTF8.GetBytes((header ? "4 3\r\n" : "") + Plain.ReplaceLineEndings(header ? " \r\n" : "\n") + "\n");
        WordVectors vectors = WordVectors.Read(Write(packed ? Gzip(bytes) : bytes));
        Assert.Equal(["the", "König", ". . .", "könig"], vectors.Words);
        Assert.Equal((4, 3, 0), (vectors.Count, vectors.Dimensions, vectors.Repeated + vectors.Undecodable));
        for (int i = 0; i < 4; i++) { Assert.Equal(Vectors[i], vectors[vectors.Words[i]].ToArray()); }
        Assert.True(vectors.Contains("König") && !vectors.Contains("KÖNIG"));
        Assert.Contains("'zebra'", Assert.Throws<EngramException>(() => vectors["zebra"].Length).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void The_binary_form_is_read(bool lineEnds, bool packed)
    {
        string[] words = ["the", "König", "new_york", "könig"];
        byte[] bytes = Binary(words, lineEnds);
        WordVectors vectors = WordVectors.Read(Write(packed ? Gzip(bytes) : bytes));
        Assert.Equal(words, vectors.Words);
        for (int i = 0; i < 4; i++) { Assert.Equal(Vectors[i], vectors[words[i]].ToArray()); }
    }

    [Fact]
    public void Some_words_may_be_read()
    {
        string path = Write(Encoding.UTF8.GetBytes(Plain));
        Assert.Equal(["the", "König"], WordVectors.Read(path, new WordVectorOptions { MaxWords = 2 }).Words);
        Assert.Equal(["the", "könig"], WordVectors.Read(path, new WordVectorOptions { Words = ["KÖNIG", "the", "x"] }).Words);
        Assert.Contains("none of the words", Assert.Throws<EngramException>(() => WordVectors.Read(path, new WordVectorOptions { Words = ["x"] })).Message, StringComparison.Ordinal);
        Assert.Equal(1, WordVectors.Read(Write(Binary(Words, true)), new WordVectorOptions { MaxWords = 1 }).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => new WordVectorOptions { MaxWords = 0 });
        Assert.Contains("ReadLimits.ArrayBytes", Assert.Throws<EngramException>(() => WordVectors.Read(path, limits: new ReadLimits { ArrayBytes = 30 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vectors_that_are_passed_over_are_counted()
    {
        WordVectors vectors = WordVectors.Read(Write([.. "a 1 2\na 3 4\n"u8, 0xC3, .. " 5 6\nb 7 8\n"u8]));
        Assert.Equal(["a", "b"], vectors.Words);
        Assert.Equal((1, 1), (vectors.Repeated, vectors.Undecodable));
        Assert.Equal([1f, 2], vectors["a"].ToArray());
    }

    [Theory]
    [InlineData("", ": is empty")]
    [InlineData("a 1 2\nb 1", ", line 2: has 2 fields, expected a word and 2 numbers")]
    [InlineData("a 1 2\nb 1 x", ", line 2: 'x' in the place of number 2 of 2 is none")]
    [InlineData("a 1 2\nb 1 NaN", ", line 2: 'NaN' in the place of number 2 of 2")]
    [InlineData("a 1 2\n\nb 1 2", ", line 2: is empty")]
    [InlineData("word", ", line 1: has a word and 0 numbers")]
    [InlineData("3 2\na 1 2\nb 1 2\n", ": ends behind 2 words; line 1 says 3")]
    [InlineData("1 2\na 1 2\nb 1 2\n", ", line 3: is one more than the 1 words")]
    [InlineData("0 2\n", ", line 1: says 0 words")]
    [InlineData("5 99999999\n", ", line 1: says 5 words of 99999999 dimensions")]
    public void What_is_wrong_with_a_file_is_said(string text, string message)
    {
        string path = Write(Encoding.UTF8.GetBytes(text));
        Assert.StartsWith(path + message, Assert.Throws<EngramException>(() => WordVectors.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_cut_short_or_something_else_are_refused()
    {
        byte[] bytes = Binary(Words, lineEnds: false);
        Assert.Contains("4 words of 3 dimensions, which take at least 52 bytes", Assert.Throws<EngramException>(() => WordVectors.Read(Write(bytes[..40]))).Message, StringComparison.Ordinal);
        Assert.Contains("ends within the numbers of word 4 of 4", Assert.Throws<EngramException>(() => WordVectors.Read(Write(Binary(["the", "König", "...", "könig"], false)[..^1]))).Message, StringComparison.Ordinal);
        Assert.Contains("goes on at byte", Assert.Throws<EngramException>(() => WordVectors.Read(Write([.. bytes, 1]))).Message, StringComparison.Ordinal);
        Assert.Contains("zip archive", Assert.Throws<EngramException>(() => WordVectors.Read(Write([.. "PK\u0003\u0004"u8, 0, 0]))).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be opened", Assert.Throws<EngramException>(() => WordVectors.Read(Path.Combine(folder, "none"))).Message, StringComparison.Ordinal);
        Assert.Throws<EngramException>(() => WordVectors.Read(Write(Gzip(bytes)[..30])));
    }

    [Fact]
    public void A_matrix_has_a_row_for_each_token()
    {
        WordVectors vectors = WordVectors.Read(Write(Encoding.UTF8.GetBytes(Plain)));
        WordTokenizer tokenizer = WordTokenizer.Train(["The König , zebra the the"], new WordTokenizerOptions { Lowercase = false });
        WordMatrix matrix = vectors.Matrix(tokenizer), again = vectors.Matrix(tokenizer), other = vectors.Matrix(tokenizer, seed: 1);
        Assert.Equal(3, matrix.Found);
        Assert.Equal([",", "zebra"], matrix.Missing.Order(StringComparer.Ordinal));
        Assert.Equal(matrix.Values, again.Values);
        Assert.NotEqual(matrix.Values, other.Values);
        float[] Row(string word) => [.. Enumerable.Range(0, 3).Select(d => matrix.Values[tokenizer.Vocabulary.ToList().IndexOf(word), d])];
        Assert.Equal([0, 0, 0], Row("[PAD]"));
        Assert.Equal(Vectors[0], Row("the"));
        Assert.Equal(Vectors[0], Row("The")); // in small letters
        Assert.Equal(Vectors[1], Row("König"));
        Assert.All((string[])["[UNK]", "[START]", "[END]", "zebra"], word => Assert.DoesNotContain(0f, Row(word)));
        Assert.Throws<EngramException>(() => vectors.Matrix(WordTokenizer.Train(["nothing here"])));

        // Drawn rows have the mean and deviation of those found, dimension by dimension.
        WordTokenizer many = WordTokenizer.Train(["the könig", .. Enumerable.Range(0, 4000).Select(i => $"w{i}")]);
        float[,] values = vectors.Matrix(many).Values;
        for (int d = 0; d < 3; d++)
        {
            double[] drawn = [.. Enumerable.Range(6, 4000).Select(row => (double)values[row, d])];
            double mean = (Vectors[0][d] + Vectors[3][d]) / 2.0, deviation = Math.Abs(Vectors[0][d] - Vectors[3][d]) / 2.0;
            Assert.Equal(mean, drawn.Average(), 0.1 * deviation);
            Assert.Equal(deviation, Math.Sqrt(drawn.Average(x => (x - drawn.Average()) * (x - drawn.Average()))), 0.1 * deviation);
        }
    }

    [Fact]
    public void An_embedding_starts_with_them_and_keeps_them_where_it_is_frozen()
    {
        WordVectors vectors = WordVectors.Read(Write(Encoding.UTF8.GetBytes(Plain)));
        WordTokenizer tokenizer = WordTokenizer.Train(["the könig"]);
        float[,] values = vectors.Matrix(tokenizer).Values;
        var embedding = new Embedding(tokenizer.Count, vectors.Dimensions) { EmbeddingsInitializer = Initializers.Values(values), MaskZero = true, Trainable = false };
        var model = new Sequential(new Input([Shape.Unknown]), embedding, new Lstm(2), new Dense(1));
        model.Compile(new Engram.Training.Adam(), Engram.Training.Loss.MeanSquaredError);
        model.Fit(RaggedSequences.FromTokens([tokenizer.Encode("the könig"), tokenizer.Encode("könig")], new float[] { 0, 1 }), new Engram.Training.FitOptions { Epochs = 2 });
        Assert.Equal(values.Cast<float>(), embedding.Weights[0].Value.Span.ToArray());

        string path = Path.Combine(folder, "model.keras");
        model.Save(path, new Dictionary<string, ReadOnlyMemory<byte>> { ["engram/tokenizer.json"] = tokenizer.ToJson() });
        Network loaded = Network.Load(path, out IReadOnlyDictionary<string, ReadOnlyMemory<byte>> entries);
        Assert.Equal(values.Cast<float>(), loaded.Layers.OfType<Embedding>().Single().Weights[0].Value.Span.ToArray());
        Assert.Equal(tokenizer.Vocabulary, Tokenizer.FromJson(entries["engram/tokenizer.json"].Span, path).Vocabulary);

        var wrong = new Sequential(new Input([Shape.Unknown]), new Embedding(4, 3) { EmbeddingsInitializer = Initializers.Values(values) });
        Assert.Contains("of shape (6, 3), the weight is of (4, 3)", Assert.Throws<EngramException>(() => wrong.Predict(new float[,] { { 1 } })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nearest_words_point_the_same_way()
    {
        WordVectors vectors = WordVectors.Read(Write("a 1 0\nb 2 0.1\nc 0 3\nd -1 0\nz 0 0\n"u8.ToArray()));
        Assert.Equal(["b", "c", "z", "d"], vectors.Nearest("a").Select(pair => pair.Word));
        Assert.Equal(2 / Math.Sqrt(4.01), vectors.Nearest("a", 1).Single().Similarity, 1e-6);
        Assert.Throws<EngramException>(() => vectors.Nearest("z"));
    }

    [Fact]
    public void Damaged_files_are_read_or_refused()
    {
        byte[][] seeds = [Encoding.UTF8.GetBytes(Plain), Encoding.UTF8.GetBytes("4 3\n" + Plain), Binary(Words, true), Binary(Words, false), Gzip(Encoding.UTF8.GetBytes(Plain))];
        Fuzz.Run(1500, random => Mutator.Mutate(random, seeds), () =>
        {
            string path = Path.Combine(folder, Path.GetRandomFileName());
            return bytes =>
            {
                File.WriteAllBytes(path, bytes);
                WordVectors vectors = WordVectors.Read(path);
                Assert.All(vectors.Words, word => Assert.Equal(vectors.Dimensions, vectors[word].Length));
            };
        }, output.WriteLine);
    }

    private string Write(byte[] bytes)
    {
        string path = Path.Combine(folder, "vectors");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static byte[] Binary(string[] words, bool lineEnds)
    {
        using var file = new MemoryStream();
        file.Write("4 3\n"u8);
        Span<byte> number = stackalloc byte[4];
        for (int i = 0; i < words.Length; i++)
        {
            file.Write(Encoding.UTF8.GetBytes(words[i].Replace(' ', '_') + " "));
            foreach (float value in Vectors[i])
            {
                BinaryPrimitives.WriteSingleLittleEndian(number, value);
                file.Write(number);
            }

            if (lineEnds) { file.WriteByte((byte)'\n'); }
        }

        return file.ToArray();
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest)) { gzip.Write(bytes); }
        return memory.ToArray();
    }
}
