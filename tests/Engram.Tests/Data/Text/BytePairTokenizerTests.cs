using System.Text;
using Engram.Data;

namespace Engram.Tests.Data.Text;

public sealed class BytePairTokenizerTests
{
    private const string Corpus = "low low low low low lower lower newest newest newest newest newest newest widest widest widest";

    [Fact]
    public void Merges_are_those_found_by_counting_all_pairs_again_each_time()
    {
        var random = new Random(7);
        for (int trial = 0; trial < 30; trial++)
        {
            string text = string.Concat(Enumerable.Range(0, 400).Select(_ => random.Next(8) == 0 ? " " : random.Next(12) == 0 ? "é" : ((char)('a' + random.Next(2 + (trial % 4)))).ToString()));
            BytePairTokenizer tokenizer = BytePairTokenizer.Train([text], 300);
            Assert.Equal(SlowMerges(text, tokenizer.Count - 260), tokenizer.Vocabulary.Skip(260).Select((_, i) => Convert.ToHexString(tokenizer.DecodeBytes([260 + i]))));
        }
    }

    [Fact]
    public void The_example_of_the_literature_merges_as_there()
    {
        // Sennrich et al. 2016 with the space before a word instead of a mark behind it.
        BytePairTokenizer tokenizer = BytePairTokenizer.Train([" " + Corpus], 260 + 7);
        Assert.Equal(["es", "est", " l", "ow", " low", " n", "ew"], tokenizer.Vocabulary.Skip(260));
        Assert.Equal([" low", "est"], tokenizer.Encode(" lowest").Select(token => tokenizer.Vocabulary[token]));
    }

    [Fact]
    public void What_occurs_once_is_not_merged()
    {
        Assert.Equal(260, BytePairTokenizer.Train(["abc def"], 5000).Count);
        Assert.Equal(260, BytePairTokenizer.Train([], 5000).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => BytePairTokenizer.Train(["a"], 259));
    }

    [Fact]
    public void Any_text_comes_back()
    {
        BytePairTokenizer tokenizer = BytePairTokenizer.Train([Corpus, "日本語 日本語 👨‍👩‍👧 e\u0301"], 400);
        var random = new Random(3);
        for (int trial = 0; trial < 300; trial++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => RandomRune(random).ToString()));
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        }

        foreach (string text in (string[])["", " ", "  a   b\r\n\t c  ", "\0\uFEFF\uFFFD\u2028", Corpus, "newest日本", new string('=', 5000)])
        {
            Assert.Equal(text, tokenizer.Decode([Tokenizer.Start, .. tokenizer.Encode(text), Tokenizer.End, Tokenizer.Padding]));
        }
    }

    [Fact]
    public void Any_bytes_come_back()
    {
        BytePairTokenizer tokenizer = BytePairTokenizer.Train([Corpus, "äöü äöü"], 300);
        var random = new Random(4);
        for (int trial = 0; trial < 300; trial++)
        {
            var bytes = new byte[random.Next(80)];
            random.NextBytes(bytes);
            Assert.Equal(bytes, tokenizer.DecodeBytes(tokenizer.Encode(bytes)));
        }

        Assert.Equal("a\uFFFD", tokenizer.Decode(tokenizer.Encode([(byte)'a', 0xC3])));
    }

    [Fact]
    public void Half_a_character_is_an_error_and_wrong_numbers_are_too()
    {
        BytePairTokenizer tokenizer = BytePairTokenizer.Train([Corpus], 270);
        Assert.Contains("position 3 ", Assert.Throws<EngramException>(() => tokenizer.Encode("low\udc00")).Message, StringComparison.Ordinal);
        Assert.Contains("position 0 ", Assert.Throws<EngramException>(() => BytePairTokenizer.Train(["\ud800"], 270)).Message, StringComparison.Ordinal);
        Assert.Throws<EngramException>(() => tokenizer.Decode([270]));
    }

    [Fact]
    public void Texts_are_encoded_as_they_were_merged_in_training_and_the_same_each_time()
    {
        BytePairTokenizer tokenizer = BytePairTokenizer.Train([Corpus], 290), again = BytePairTokenizer.Train([Corpus], 290);
        Assert.Equal(tokenizer.ToJson(), again.ToJson());
        int[] tokens = tokenizer.Encode(Corpus);
        Assert.Equal(tokens, tokenizer.Encode(Corpus));
        Assert.Equal(["low", " low", " low", " low", " low", " lower", " lower", " newest"], tokens.Take(8).Select(token => tokenizer.Vocabulary[token]));
    }

    [Fact]
    public void Bytes_that_are_no_character_are_shown_by_their_numbers()
    {
        BytePairTokenizer tokenizer = BytePairTokenizer.Train(["ä ä ä ö ö ö"], 263);
        Assert.Equal("<0xC3>", tokenizer.Vocabulary[4 + 0xC3]);
        Assert.Equal([" <0xC3>", " ö", " ä"], tokenizer.Vocabulary.Skip(260));
    }

    [Fact]
    public void Long_lines_and_long_words_are_encoded()
    {
        BytePairTokenizer tokenizer = BytePairTokenizer.Train([Corpus, new string('a', 100_000)], 300);
        Assert.All(tokenizer.Vocabulary.Skip(4), token => Assert.True(Encoding.UTF8.GetByteCount(token) <= 64));
        string words = string.Join(' ', Enumerable.Range(0, 1_000_000));
        Assert.Equal(words, tokenizer.Decode(tokenizer.Encode(words)));
        string word = new('a', 1_000_000);
        int[] tokens = tokenizer.Encode(word);
        Assert.Equal(1_000_000 / 64, tokens.Length);
        Assert.Equal(word, tokenizer.Decode(tokens));
    }

    [Fact]
    public void Threads_may_share_one()
    {
        BytePairTokenizer tokenizer = BytePairTokenizer.Train([Corpus], 290), other = BytePairTokenizer.Train([Corpus], 290);
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => $"lower {i} newest{i} widest")];
        Assert.Equal(texts.Select(text => other.Encode(text)), texts.AsParallel().AsOrdered().Select(text => tokenizer.Encode(text)));
    }

    // Counts every pair anew for each merge, as the algorithm is usually told.
    private static List<string> SlowMerges(string text, int count)
    {
        List<List<int>> words = [];
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries)) { words.Add([.. Encoding.UTF8.GetBytes(word).Select(b => 4 + b)]); }

        // A space belongs to the word behind it, but the last of several only; the others are a piece of white space.
        words.Clear();
        for (int i = 0; i < text.Length;)
        {
            int start = i;
            while (i < text.Length && text[i] == ' ') { i++; }
            int spaces = i - start;
            if (spaces > 0 && i == text.Length) { words.Add([.. Enumerable.Repeat(4 + 32, spaces)]); }
            else if (spaces > 1) { words.Add([.. Enumerable.Repeat(4 + 32, spaces - 1)]); }
            if (i == text.Length) { break; }
            int end = text.IndexOf(' ', i) is >= 0 and var next ? next : text.Length;
            words.Add([.. Encoding.UTF8.GetBytes((spaces > 0 ? " " : "") + text[i..end]).Select(b => 4 + b)]);
            i = end;
        }

        var bytes = Enumerable.Range(0, 260).Select(token => token < 4 ? "" : Convert.ToHexString([(byte)(token - 4)])).ToList();
        for (int merge = 0; merge < count; merge++)
        {
            var counts = new Dictionary<(int, int), int>();
            foreach (List<int> word in words)
            {
                for (int i = 0; i + 1 < word.Count; i++) { counts[(word[i], word[i + 1])] = counts.GetValueOrDefault((word[i], word[i + 1])) + 1; }
            }

            (int first, int second) = counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).First().Key;
            bytes.Add(bytes[first] + bytes[second]);
            foreach (List<int> word in words)
            {
                for (int i = 0; i + 1 < word.Count; i++)
                {
                    if (word[i] != first || word[i + 1] != second) { continue; }
                    word[i] = bytes.Count - 1;
                    word.RemoveAt(i + 1);
                }
            }
        }

        return bytes[260..];
    }

    private static Rune RandomRune(Random random)
    {
        int value;
        do { value = random.Next(4) switch { 0 => random.Next(0x80), 1 => random.Next(0x800), 2 => random.Next(0x10000), _ => random.Next(0x110000) }; }
        while (!Rune.IsValid(value));
        return new Rune(value);
    }
}
