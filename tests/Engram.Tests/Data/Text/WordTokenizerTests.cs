using Engram.Data;

namespace Engram.Tests.Data.Text;

public sealed class WordTokenizerTests
{
    private static readonly string[] Texts = ["The cat, the DOG.", "the cat!", "Ärger über the 3.14"];

    [Fact]
    public void Frequent_words_come_first_and_the_four_before_them()
    {
        WordTokenizer tokenizer = WordTokenizer.Train(Texts);
        Assert.Equal(["[PAD]", "[UNK]", "[START]", "[END]", "the", "cat", "!", ",", ".", "3.14", "dog", "ärger", "über"], tokenizer.Vocabulary);
        Assert.Equal(13, tokenizer.Count);
        Assert.Equal([4, 1, 10, 6], tokenizer.Encode("The bird\tDOG!"));
        Assert.Equal([Tokenizer.Padding, Tokenizer.Unknown, Tokenizer.Start, Tokenizer.End], [0, 1, 2, 3]);
    }

    [Fact]
    public void Limits_keep_what_is_frequent()
    {
        Assert.Equal(["the", "cat"], WordTokenizer.Train(Texts, new WordTokenizerOptions { MaxTokens = 6 }).Vocabulary.Skip(4));
        Assert.Equal(["the", "cat"], WordTokenizer.Train(Texts, new WordTokenizerOptions { MinCount = 2 }).Vocabulary.Skip(4));
        Assert.Equal(["DOG", "The", "cat", "the"], WordTokenizer.Train(Texts, new WordTokenizerOptions { Lowercase = false, Punctuation = WordPunctuation.Strip }).Vocabulary.Skip(4).Where(word => word.Length == 3).Order(StringComparer.Ordinal));
        Assert.Contains("occurs 9 times (MinCount); the most frequent occurs 4 times", Assert.Throws<EngramException>(() => WordTokenizer.Train(Texts, new WordTokenizerOptions { MinCount = 9 })).Message, StringComparison.Ordinal);
        Assert.Contains("no word", Assert.Throws<EngramException>(() => WordTokenizer.Train(["", "  "])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new WordTokenizerOptions { MaxTokens = 4 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WordTokenizerOptions { MinCount = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WordTokenizerOptions { Punctuation = (WordPunctuation)3 });
    }

    [Theory]
    [InlineData("It's 1,000.5 well-made, isn't it?", "it's|1,000.5|well|-|made|,|isn't|it|?")]
    [InlineData("'quoted' dogs' «a»…", "'|quoted|'|dogs|'|«|a|»|…")]
    [InlineData("e\u0301te\u0301 \u00a0 日本語。 😀x", "e\u0301te\u0301|日本語|。|😀|x")]
    [InlineData("1. 2,", "1|.|2|,")]
    public void Words_and_signs_are_cut_apart(string text, string words) => Assert.Equal(words.Split('|'), Words(text, new WordTokenizerOptions()));

    [Theory]
    [InlineData("Don't! it's they'll I’m O'Neill's", "do|n't|!|it|'s|they|'ll|i|’m|o'neill|'s")]
    [InlineData("do n't it 's 's", "do|n't|it|'s|'s")]
    [InlineData("can't", "ca|n't")]
    [InlineData("'so' o'clock", "'|so|'|o'clock")]
    public void Contractions_are_cut_where_asked(string text, string words) => Assert.Equal(words.Split('|'), Words(text, new WordTokenizerOptions { SplitContractions = true }));

    [Fact]
    public void Signs_may_be_left_out_or_kept()
    {
        Assert.Equal(["it's", "well", "made"], Words("It's (well-made)!", new WordTokenizerOptions { Punctuation = WordPunctuation.Strip }));
        Assert.Equal(["It's", "(well-made)!"], Words("It's (well-made)!", new WordTokenizerOptions { Punctuation = WordPunctuation.Keep, Lowercase = false }));
    }

    [Theory]
    [InlineData("he said: \"wait, (please) don't\" and paid $5.", false)]
    [InlineData("it's what they'll do, isn't it? «so»", true)]
    public void Decoding_joins_signs_to_their_words(string text, bool contractions)
    {
        WordTokenizer tokenizer = WordTokenizer.Train([text], new WordTokenizerOptions { SplitContractions = contractions });
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void Decoding_skips_the_four_and_refuses_other_numbers()
    {
        WordTokenizer tokenizer = WordTokenizer.Train(Texts);
        Assert.Equal("the cat.", tokenizer.Decode([2, 4, 1, 5, 8, 3, 0, 0]));
        Assert.Equal("", tokenizer.Decode([]));
        Assert.Contains("Token 1 of the sequence is 13; the vocabulary has the numbers 0 to 12", Assert.Throws<EngramException>(() => tokenizer.Decode([4, 13])).Message, StringComparison.Ordinal);
        Assert.Throws<EngramException>(() => tokenizer.Decode([-1]));
    }

    [Fact]
    public void Words_that_look_like_the_four_are_unknown()
    {
        WordTokenizer tokenizer = WordTokenizer.Train(["[PAD] [UNK] a"], new WordTokenizerOptions { Punctuation = WordPunctuation.Keep, Lowercase = false });
        Assert.Equal(5, tokenizer.Count);
        Assert.Equal([1, 1, 4], tokenizer.Encode("[PAD] [END] a"));
    }

    [Fact]
    public void A_million_words_in_a_line_are_a_million_tokens()
    {
        WordTokenizer tokenizer = WordTokenizer.Train(["one two"]);
        int[] tokens = tokenizer.Encode(string.Join(' ', Enumerable.Repeat("two", 1_000_000)));
        Assert.Equal(1_000_000, tokens.Length);
        Assert.True(Array.TrueForAll(tokens, token => token == 5));
        Assert.Empty(tokenizer.Encode(""));
    }

    private static List<string> Words(string text, WordTokenizerOptions options)
    {
        WordTokenizer tokenizer = WordTokenizer.Train([text], options);
        return [.. tokenizer.Encode(text).Select(token => tokenizer.Vocabulary[token])];
    }
}
