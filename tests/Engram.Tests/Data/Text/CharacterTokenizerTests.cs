using Engram.Data;

namespace Engram.Tests.Data.Text;

public sealed class CharacterTokenizerTests
{
    [Fact]
    public void Characters_are_code_points_in_their_order()
    {
        CharacterTokenizer tokenizer = CharacterTokenizer.Train(["ba\n", "😀é"]);
        Assert.Equal(["\n", "a", "b", "é", "😀"], tokenizer.Vocabulary.Skip(4));
        Assert.Equal([8, 1, 5], tokenizer.Encode("😀?a"));
    }

    [Fact]
    public void Texts_of_known_characters_come_back()
    {
        const string Text = "Zwölf Boxkämpfer, 日本語, e\u0301, 👨‍👩‍👧\r\n\0";
        CharacterTokenizer tokenizer = CharacterTokenizer.Train([Text]);
        Assert.Equal(Text, tokenizer.Decode([Tokenizer.Start, .. tokenizer.Encode(Text), Tokenizer.End, Tokenizer.Padding]));
        Assert.DoesNotContain(Tokenizer.Unknown, tokenizer.Encode(Text));
    }

    [Fact]
    public void A_limit_keeps_what_is_frequent()
    {
        Assert.Equal(["a", "c"], CharacterTokenizer.Train(["cabac"], maxTokens: 6).Vocabulary.Skip(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => CharacterTokenizer.Train(["a"], maxTokens: 4));
        Assert.Throws<EngramException>(() => CharacterTokenizer.Train([""]));
    }

    [Fact]
    public void Half_a_character_is_an_error_that_names_the_place()
    {
        // Not in attributes: their texts are stored as UTF-8, which cannot hold half a character.
        foreach ((string text, int position, string what) in new[] { ("ab\ud83d", 2, "U+D83D"), ("😀a\ude00b", 3, "U+DE00"), ("\ud83d\ud83d\ude00", 0, "U+D83D") })
        {
            Assert.All([() => CharacterTokenizer.Train([text]), () => CharacterTokenizer.Train(["a"]).Encode(text), () => WordTokenizer.Train([text])], (Func<object> act) =>
            {
                string message = Assert.Throws<EngramException>(act).Message;
                Assert.Contains($"position {position} ", message, StringComparison.Ordinal);
                Assert.Contains(what, message, StringComparison.Ordinal);
            });
        }
    }
}
