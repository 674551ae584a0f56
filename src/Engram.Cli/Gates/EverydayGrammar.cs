namespace Engram.Cli.Gates;

/// <summary>
/// A small grammar of everyday sentences with a cause at the beginning and its consequence as the last word, 8 to 25 words later: money troubles and a
/// loan, fever and a doctor, rain and an umbrella. Between them stand remarks that have nothing to do with it, and in half of the sentences another
/// topic's cause that is said not to apply. Only the cause that applies tells the last word.
/// </summary>
/// <param name="seed">The same seed gives the same sentences.</param>
public sealed class EverydayGrammar(int seed)
{
    /// <summary>The textbook's sentence. It is in the language of the grammar.</summary>
    public const string LoanSentence = "Today, due to my current job situation and family conditions, I need to take a loan";

    /// <summary>The textbook's sentence with another cause, up to its article.</summary>
    /// <param name="cause">The cause: <c>weather forecast and rain clouds</c>.</param>
    public static string LoanWith(string cause) => $"Today, due to my current {cause}, I need to take";

    /// <summary>Causes that may take the place of the textbook's, which is the first.</summary>
    public static IReadOnlyList<string> Exchanges { get; } =
    [
        "job situation and family conditions", "weather forecast and rain clouds", "bus delay and train strike", "sleep shortage and baby problems",
        "migraine attack and head pain", "frost wind and winter temperatures", "deadline stress and overtime burden",
    ];

    /// <summary>The least number of words from the cause to the last word.</summary>
    public const int Nearest = 8;

    /// <summary>The largest number of words from the cause to the last word.</summary>
    public const int Farthest = 25;

    private static readonly string[] Times = ["today", "this morning", "right now", "on Monday", "tonight", "once again", "these days", "this week"];
    private static readonly string[] Because = ["due to", "because of", "given", "considering", "thanks to", "on account of"];
    private static readonly string[] Owners = ["my", "our", "the", "my current", "our current", "the current", "my recent", "the recent", "the latest"];
    private static readonly string[] Comes = ["came back", "got worse", "became serious", "returned", "worried us"];
    private static readonly string[] Goes = ["went away", "came to an end", "was no problem", "meant nothing", "got better", "was forgotten"];
    private static readonly string[] Needs = ["I need to", "we need to", "I have to", "we have to", "I want to", "I must", "we should"];
    private static readonly string[] People = ["my sister", "our neighbour", "an old friend", "my brother", "the teacher", "my aunt", "the mayor", "our cousin"];
    private static readonly string[] Does = ["was reading the newspaper", "was feeding the cat", "played the piano", "watched television", "told a joke", "cooked some soup", "walked the dog"];
    private static readonly string[] Said = ["said on the phone", "wrote in a letter", "always says", "explained to me", "noticed yesterday"];

    private readonly Random random = new(seed);
    private readonly List<string> words = [];
    private int causeAt;

    /// <summary>The next sentence.</summary>
    public EverydaySentence Next()
    {
        while (true)
        {
            words.Clear();
            EverydayTopic topic = One(EverydayTopic.All);
            EverydayTopic other = One(EverydayTopic.All);
            while (other == topic) { other = One(EverydayTopic.All); }
            bool distracted = Sentence(topic, other);
            int distance = words.Count - 1 - causeAt;
            if (distance is < Nearest or > Farthest) { continue; }
            string text = string.Join(' ', words);
            return new EverydaySentence(char.ToUpperInvariant(text[0]) + text[1..], topic, distracted ? other : null, distance);
        }
    }

    /// <summary>The next sentences.</summary>
    /// <param name="count">How many.</param>
    public IReadOnlyList<EverydaySentence> Take(int count) => [.. Enumerable.Range(0, count).Select(_ => Next())];

    // Whether another topic's cause stands in it, as one that does not apply.
    private bool Sentence(EverydayTopic topic, EverydayTopic other)
    {
        int form = random.Next(8);
        switch (form)
        {
            case 0 or 1: // Today, due to my current job situation and family conditions, I need to take a loan
                Say(One(Times), ",", One(Because));
                Cause(topic);
                if (form == 1) { Remark(); }
                Say(",");
                break;
            case 2: // ..., because of my fever symptoms and not because of the rain, ...
                Say(One(Times), ",", One(Because));
                Cause(topic);
                Say("and not", One(Because));
                Name(other);
                Say(",");
                break;
            case 3: // ..., not because of the rain but due to my fever symptoms, ...
                Say(One(Times), ",", "not", One(Because));
                Name(other);
                Say("but", One(Because));
                Cause(topic);
                if (random.Next(2) == 0) { Remark(); }
                Say(",");
                break;
            case 4: // My fever symptoms got worse today, while the rain clouds went away, so ...
                Cause(topic);
                Say(One(Comes), One(Times), ",", One(["while", "but", "although"]));
                Name(other);
                Say(One(Goes), ",", "so");
                break;
            case 5: // The rain clouds went away, but my fever symptoms got worse, as my sister said on the phone, so ...
                Name(other);
                Say(One(Goes), ",", One(["but", "while", "and"]));
                Cause(topic);
                Say(One(Comes));
                Remark();
                Say(",", "so");
                break;
            case 6: // My fever symptoms came back this week, while our neighbour was feeding the cat, and now ...
                Cause(topic);
                Say(One(Comes), One(Times));
                Remark();
                Say(",", "and now");
                break;
            default: // As my aunt always says, given the fever symptoms, ...
                Say(One(["as", "just as"]), One(People), One(Said), ",", One(Because));
                Cause(topic);
                Remark();
                Say(",");
                break;
        }

        Say(random.Next(4) == 0 ? One(["I need", "we need"]) : $"{One(Needs)} {One(topic.Verbs)}");
        Say(topic.Thing);
        return form is 2 or 3 or 4 or 5;
    }

    private void Cause(EverydayTopic topic)
    {
        string owner = One(Owners);
        causeAt = words.Count + owner.Count(c => c == ' ') + 1;
        Say(owner, Naming(topic));
        if (random.Next(3) > 0) { Say("and", Naming(topic)); }
    }

    private void Name(EverydayTopic topic)
    {
        Say(One(Owners), Naming(topic));
        if (random.Next(3) == 0) { Say("and", Naming(topic)); }
    }

    private string Naming(EverydayTopic topic) => random.Next(5) < 3 ? $"{One(topic.Modifiers)} {One(topic.Heads)}" : One(topic.Phrases);

    private void Remark()
    {
        Say(",");
        if (random.Next(2) == 0) { Say(One(["while", "after", "and"]), One(People), One(Does)); }
        else { Say("as", One(People), One(Said)); }
    }

    // A comma belongs to the word before it.
    private void Say(params ReadOnlySpan<string> phrases)
    {
        foreach (string phrase in phrases)
        {
            if (phrase == ",") { words[^1] += ","; }
            else { words.AddRange(phrase.Split(' ')); }
        }
    }

    private T One<T>(IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];
}
