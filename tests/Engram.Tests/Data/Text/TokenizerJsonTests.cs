using System.Text;
using Engram.Data;
using Engram.Formats;
using Engram.Tests.Fuzzing;
using Xunit.Abstractions;

namespace Engram.Tests.Data.Text;

public sealed class TokenizerJsonTests(ITestOutputHelper output)
{
    private static readonly string[] Texts = ["The quick \"brown\" fox, isn't it?", "Über 3.14 <日本語> 😀 \\ the end"];

    public static TheoryData<string, Tokenizer> Tokenizers => new()
    {
        { "words", WordTokenizer.Train(Texts) },
        { "words with options", WordTokenizer.Train(Texts, new WordTokenizerOptions { Lowercase = false, SplitContractions = true, Punctuation = WordPunctuation.Strip, MaxTokens = 9, MinCount = 1 }) },
        { "whitespace", WordTokenizer.Train(Texts, new WordTokenizerOptions { Punctuation = WordPunctuation.Keep }) },
        { "characters", CharacterTokenizer.Train(Texts) },
        { "bytes", BytePairTokenizer.Train(Texts, 300) },
    };

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void A_tokenizer_comes_back_as_it_was(string what, Tokenizer tokenizer)
    {
        byte[] json = tokenizer.ToJson();
        Tokenizer again = Tokenizer.FromJson(json, what);
        Assert.Equal(tokenizer.GetType(), again.GetType());
        Assert.Equal(tokenizer.Vocabulary, again.Vocabulary);
        Assert.Equal(json, again.ToJson());
        foreach (string text in Texts) { Assert.Equal(tokenizer.Encode(text), again.Encode(text)); }
    }

    [Theory]
    [InlineData("""{"type":"runes"}""", "'type' is 'runes'; known are words")]
    [InlineData("""{"type":"characters","characters":"aba"}""", "'characters' has 'a' twice")]
    [InlineData("""{"type":"characters","characters":""}""", "'characters' is empty")]
    [InlineData("""{"type":"characters","characters":"\ud83d"}""", "x: is no JSON")]
    [InlineData("""{"type":"characters","characters":"a","more":1}""", "'more' is not known")]
    [InlineData("""{"type":"words","lowercase":true,"punctuation":"separate","split_contractions":false,"max_tokens":null,"min_count":1,"tokens":["a","[UNK]"]}""", "'tokens' has '[UNK]' at 1")]
    [InlineData("""{"type":"words","lowercase":true,"punctuation":"separate","split_contractions":false,"max_tokens":2,"min_count":1,"tokens":["a"]}""", "'max_tokens' must be a whole number from 5")]
    [InlineData("""{"type":"words","lowercase":1,"tokens":["a"]}""", "'lowercase' must be true or false")]
    [InlineData("""{"type":"byte_pairs","merges":[4]}""", "'merges' has 1 numbers")]
    [InlineData("""{"type":"byte_pairs","merges":[4,3]}""", "'merges' joins 4 and 3 in merge 0; each must be a token from 4 to 259")]
    [InlineData("""{"type":"byte_pairs","merges":[4,4,260,261]}""", "'merges' joins 260 and 261 in merge 1")]
    [InlineData("""{"type":"byte_pairs","merges":[4,4,4,4]}""", "'merges' joins 4 and 4 twice, in merges 0 and 1")]
    [InlineData("""{"type":"byte_pairs","merges":[4,4,260,260,261,261,262,262,263,263,264,264,265,265]}""", "'merges' makes a token of 128 bytes in merge 6")]
    [InlineData("""{"type":"byte_pairs","merges":[4.5,"a"]}""", "'merges' must be a list of whole numbers; its item 0")]
    [InlineData("[]", "no JSON object")]
    public void What_is_wrong_with_a_file_is_said(string json, string message)
    {
        string actual = Assert.Throws<EngramException>(() => Tokenizer.FromJson(Encoding.UTF8.GetBytes(json), "x")).Message;
        Assert.StartsWith("x: ", actual, StringComparison.Ordinal);
        Assert.Contains(message, actual, StringComparison.Ordinal);
        Assert.Contains("TextBytes", Assert.Throws<EngramException>(() => Tokenizer.FromJson("{}      "u8, "x", new ReadLimits { TextBytes = 4 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_are_read_or_refused()
    {
        byte[][] seeds = [.. Tokenizers.Select(row => ((Tokenizer)row[1]).ToJson())];
        var json = new JsonMutator(seeds.Select(Encoding.UTF8.GetString));
        Fuzz.Run(3000, random => random.Next(3) > 0 ? json.Mutate(random) : Mutator.Mutate(random, seeds), bytes =>
        {
            Tokenizer tokenizer = Tokenizer.FromJson(bytes, "damaged");
            int[] tokens = tokenizer.Encode(Texts[0]);
            Assert.All(tokens, token => Assert.InRange(token, 1, tokenizer.Count - 1));
            tokenizer.Decode([.. Enumerable.Range(0, tokenizer.Count)]);
        }, output.WriteLine);
    }
}
