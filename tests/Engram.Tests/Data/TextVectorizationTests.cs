using System.Text.Json;
using Engram.Data;
using Engram.Tests.Fuzzing;
using Xunit.Abstractions;

namespace Engram.Tests.Data;

public sealed class TextVectorizationTests(ITestOutputHelper output)
{
    private static readonly string[] Texts = ["b a b", "c b", "a"];

    [Fact]
    public void Vocabularies_and_numbers_are_those_of_Keras() => Golden.Run(
        output, "data", Check, golden => golden.Entry.GetProperty("function").GetString() == "TextVectorization");

    [Fact]
    public void Each_step_does_what_its_name_says()
    {
        Assert.Equal("aÜz!", TextSteps.Lower("AÜZ!"));
        Assert.Equal("its 5 o clock", TextSteps.StripPunctuation("i't's 5 [o] \\clock{}~"));
        Assert.Equal(["a", "b"], TextSteps.SplitWhitespace(" a\t\r\n b\f"));
        Assert.Equal(["a", "😀", " ", "b"], TextSteps.SplitCharacters("a😀 b"));
    }

    [Fact]
    public void Frequent_words_come_first_and_the_longest_text_decides_the_length()
    {
        var text = new TextVectorization();
        text.Adapt(Texts);
        Assert.Equal(["", "[UNK]", "b", "a", "c"], text.Vocabulary);
        Assert.Equal(new float[,] { { 1, 2, 0 }, { 4, 3, 2 } }, text.Transform(["x b", "c a b"]));
    }

    [Fact]
    public void A_vocabulary_that_is_given_is_taken_with_or_without_what_stands_for_unknown_words()
    {
        var text = new TextVectorization { Output = TextOutput.TfIdf, Split = TextSteps.SplitCharacters, MaxTokens = 5, PadToMaxTokens = true };
        text.SetVocabulary(["a", "b"], [1, 3]);
        Assert.Equal(["[UNK]", "a", "b"], text.Vocabulary);
        Assert.Equal(new float[,] { { 2, 2, 3, 0, 0 } }, text.Transform(["abax"]));
        text.SetVocabulary(["[UNK]", "b"], [0.5f, 3]);
        Assert.Equal([0.5f, 3], text.InverseDocumentFrequencies);
    }

    [Theory]
    [InlineData(TextOutput.Sequence)]
    [InlineData(TextOutput.MultiHot)]
    [InlineData(TextOutput.Count)]
    [InlineData(TextOutput.TfIdf)]
    public void It_comes_back_from_a_file_as_it_was(TextOutput kind)
    {
        var text = new TextVectorization
        {
            Output = kind,
            MaxTokens = 9,
            Standardize = kind == TextOutput.Count ? null : TextSteps.Lower,
            Split = kind == TextOutput.MultiHot ? TextSteps.SplitCharacters : TextSteps.SplitWhitespace,
            SequenceLength = kind == TextOutput.Sequence ? 5 : null,
            PadToMaxTokens = kind == TextOutput.TfIdf,
        };
        text.Adapt(["B a \"b\"", "ü 😀 a", "a"]);
        TextVectorization again = TextVectorization.FromJson(text.ToJson(), "entry");
        Assert.Equal(text.Vocabulary, again.Vocabulary);
        Assert.Equal(text.InverseDocumentFrequencies, again.InverseDocumentFrequencies);
        Assert.Equal(text.Transform(["a B ü x", "😀"]), again.Transform(["a B ü x", "😀"]));
        Assert.Equal(text.ToJson(), again.ToJson());
    }

    [Fact]
    public void Functions_of_ones_own_cannot_be_saved_and_are_named()
    {
        var text = new TextVectorization { Split = words => words.Split('-') };
        Assert.Throws<InvalidOperationException>(text.ToJson);
        text.Adapt(["a-b"]);
        Assert.StartsWith("Split is a function of one's own", Assert.Throws<EngramException>(text.ToJson).Message, StringComparison.Ordinal);
        text = new TextVectorization { Standardize = words => words.Trim() };
        text.Adapt(["a b"]);
        Assert.StartsWith("Standardize is a function of one's own", Assert.Throws<EngramException>(text.ToJson).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_are_read_or_refused()
    {
        TextVectorization words = new(), rarity = new() { Output = TextOutput.TfIdf, MaxTokens = 6, Split = TextSteps.SplitCharacters };
        words.Adapt(Texts);
        rarity.Adapt(Texts);
        byte[][] seeds = [words.ToJson(), rarity.ToJson()];
        var json = new JsonMutator(seeds.Select(System.Text.Encoding.UTF8.GetString));
        Fuzz.Run(2000, random => random.Next(3) > 0 ? json.Mutate(random) : Mutator.Mutate(random, seeds), bytes => TextVectorization.FromJson(bytes, "damaged"), output.WriteLine);
        Assert.Equal("x: 'split' is 'words'; known are whitespace, character, null.", Assert.Throws<EngramException>(() => TextVectorization.FromJson(
            """{"type":"TextVectorization","max_tokens":null,"standardize":null,"split":"words"}"""u8, "x")).Message);
    }

    [Fact]
    public void What_is_wrong_is_said()
    {
        var text = new TextVectorization { MaxTokens = 4 };
        Assert.Throws<InvalidOperationException>(() => text.Transform(["a"]));
        Assert.Contains("'a' twice", Assert.Throws<EngramException>(() => text.SetVocabulary(["a", "a"])).Message, StringComparison.Ordinal);
        Assert.Contains("MaxTokens is 4", Assert.Throws<EngramException>(() => text.SetVocabulary(["a", "b", "c"])).Message, StringComparison.Ordinal);
        Assert.Contains("'[UNK]'", Assert.Throws<EngramException>(() => text.SetVocabulary(["a", "[UNK]"])).Message, StringComparison.Ordinal);
        var weighted = new TextVectorization { Output = TextOutput.TfIdf };
        Assert.Contains("1 words and 0 weights", Assert.Throws<EngramException>(() => weighted.SetVocabulary(["a"])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new TextVectorization { MaxTokens = 1 });
    }

    private static bool Check(GoldenCase golden)
    {
        JsonElement config = golden.Entry.GetProperty("config");
        JsonElement length = config.GetProperty("output_sequence_length");
        var text = new TextVectorization
        {
            MaxTokens = config.GetProperty("max_tokens").GetInt32(),
            SequenceLength = length.ValueKind == JsonValueKind.Null ? null : length.GetInt32(),
            Output = config.GetProperty("output_mode").GetString() switch
            {
                "int" => TextOutput.Sequence,
                "multi_hot" => TextOutput.MultiHot,
                "count" => TextOutput.Count,
                _ => TextOutput.TfIdf,
            },
        };
        string[] texts = [.. golden.Entry.GetProperty("texts").EnumerateArray().Select(item => item.GetString()!)];
        text.Adapt(texts);
        Assert.Equal(golden.Entry.GetProperty("vocabulary").EnumerateArray().Select(item => item.GetString()), text.Vocabulary);
        float[,] table = text.Transform(texts);
        Assert.Equal<int>(golden.Axes("output.0"), new[] { table.GetLength(0), table.GetLength(1) });
        Golden.AssertClose(golden.Doubles("output.0"), [.. table.Cast<float>()], 1e-6, "output.0");
        return true;
    }
}
