using System.Text.RegularExpressions;
using Engram.Cli.Gates;

namespace Engram.Docs.Tests.Cli;

/// <summary>The grammar of everyday sentences: the cause alone tells the last word.</summary>
public sealed partial class EverydayGrammarTests
{
    private static readonly EverydaySentence[] Sentences = [.. new EverydayGrammar(7).Take(4000)];

    [Fact]
    public void The_cause_stands_8_to_25_words_before_the_last_word()
    {
        Assert.All(Sentences, sentence =>
        {
            Assert.InRange(sentence.Distance, EverydayGrammar.Nearest, EverydayGrammar.Farthest);
            string[] words = Words(sentence.Text);
            Assert.Equal(sentence.LastWord, words[^1]);
            string at = words[words.Length - 1 - sentence.Distance];
            Assert.Contains(at, CauseWords(sentence.Topic));
            Assert.Equal(sentence.Text, $"{sentence.Beginning} {sentence.LastWord}");
        });
        Assert.True(Sentences.Select(sentence => sentence.Distance).Distinct().Count() >= 12, "The distances hardly differ.");
    }

    [Fact]
    public void There_are_at_least_eight_topics_and_each_comes_as_often_as_the_others()
    {
        Assert.True(EverydayTopic.All.Count >= 8);
        Assert.Equal(EverydayTopic.All.Count, EverydayTopic.All.Select(topic => topic.LastWord).Distinct().Count());
        foreach (EverydayTopic topic in EverydayTopic.All) { Assert.InRange(Sentences.Count(sentence => sentence.Topic == topic), 0.6 * 4000 / EverydayTopic.All.Count, 1.4 * 4000 / EverydayTopic.All.Count); }
    }

    [Fact]
    public void About_half_of_the_sentences_name_another_cause_that_does_not_apply()
    {
        Assert.InRange(Sentences.Count(sentence => sentence.Distractor is not null), 1700, 2400);
        Assert.All(Sentences, sentence => Assert.NotEqual(sentence.Topic, sentence.Distractor));
        EverydaySentence[] distracted = [.. Sentences.Where(sentence => sentence.Distractor is not null)];
        Assert.All(distracted, sentence => Assert.Contains(Words(sentence.Text), CauseWords(sentence.Distractor!).Contains));
        // The one that applies comes first in some and last in others: its place does not tell.
        int first = distracted.Count(sentence => Array.FindIndex(Words(sentence.Text), CauseWords(sentence.Topic).Except(CauseWords(sentence.Distractor!)).Contains)
            < Array.FindIndex(Words(sentence.Text), CauseWords(sentence.Distractor!).Except(CauseWords(sentence.Topic)).Contains));
        Assert.InRange(first, 0.25 * distracted.Length, 0.75 * distracted.Length);
    }

    [Fact]
    public void What_stands_right_before_the_last_word_does_not_tell_it()
    {
        // The best that one can do with the three words before the last one.
        int right = Sentences.GroupBy(sentence => string.Join(' ', Words(sentence.Beginning)[^3..])).Sum(group => group.CountBy(sentence => sentence.LastWord).Max(count => count.Value));
        Assert.True(right < 0.5 * Sentences.Length, $"{right} of {Sentences.Length} are told by the three words before.");
    }

    [Fact]
    public void The_first_word_of_a_cause_and_a_phrase_belong_to_one_topic()
    {
        string[] sure = [.. EverydayTopic.All.SelectMany(topic => topic.Modifiers.Concat(topic.Phrases))];
        Assert.Equal(sure.Length, sure.Distinct().Count());
    }

    [Fact]
    public void The_textbook_sentence_is_in_the_language()
    {
        // The sentence itself comes once in some ten million; its beginning, its causes and its end, each for itself, do not take so long.
        string[] texts = [.. new EverydayGrammar(3).Take(400_000).Select(sentence => sentence.Text)];
        Assert.Contains(texts, text => Beginning().IsMatch(text));
        Assert.Contains(texts, text => text.Contains("job situation and family conditions,", StringComparison.Ordinal));
        Assert.Contains(texts, text => text.EndsWith(" conditions, I need to take a loan", StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_seed_gives_the_same_sentences()
    {
        Assert.Equal(Sentences.Take(50).Select(sentence => sentence.Text), new EverydayGrammar(7).Take(50).Select(sentence => sentence.Text));
        Assert.NotEqual(Sentences.Take(50).Select(sentence => sentence.Text), new EverydayGrammar(8).Take(50).Select(sentence => sentence.Text));
    }

    [GeneratedRegex(@"^Today, due to my current \w+ \w+ and \w+ \w+, I ")]
    private static partial Regex Beginning();

    private static string[] Words(string text) => text.ToLowerInvariant().Replace(",", "", StringComparison.Ordinal).Split(' ');

    private static HashSet<string> CauseWords(EverydayTopic topic) => [.. topic.Modifiers, .. topic.Phrases.SelectMany(phrase => phrase.Split(' '))];
}
