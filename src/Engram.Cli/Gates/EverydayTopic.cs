namespace Engram.Cli.Gates;

/// <summary>A cause that everybody knows, the ways in which it is named, and the thing that one needs then.</summary>
/// <param name="Name">What it is about.</param>
/// <param name="Thing">The consequence with its article: <c>a loan</c>. Its last word ends the sentence.</param>
/// <param name="Verbs">What one does with the thing: <c>take</c>, <c>look for</c>.</param>
/// <param name="Modifiers">First words of its causes: <c>job</c>, <c>family</c>.</param>
/// <param name="Heads">Second words, which go with each first one: <c>situation</c>, <c>conditions</c>. Some topics share some.</param>
/// <param name="Phrases">Causes that stand for themselves: <c>unpaid bills</c>.</param>
public sealed record EverydayTopic(
    string Name, string Thing, IReadOnlyList<string> Verbs, IReadOnlyList<string> Modifiers, IReadOnlyList<string> Heads, IReadOnlyList<string> Phrases)
{
    /// <summary>The word that ends the sentences of this topic.</summary>
    public string LastWord => Thing[(Thing.IndexOf(' ', StringComparison.Ordinal) + 1)..];

    /// <summary>All topics. Many share a verb, an article and a head, so that none of these tells what comes last.</summary>
    public static IReadOnlyList<EverydayTopic> All { get; } =
    [
        Of("money", "a loan", "take|get|ask for|look for", "job|family|money|housing|bank|salary", "situation|conditions|problems|worries", "unpaid bills|rising rent|old debts|empty purse|lost job"),
        Of("rain", "an umbrella", "take|get|buy|look for", "rain|weather|storm|thunder", "clouds|forecast|showers|conditions", "dark sky|heavy rain|wet street|first drops"),
        Of("illness", "a doctor", "see|call|ask for|look for", "fever|flu|throat|lung", "symptoms|infection|trouble|problems", "high fever|bad cough|sore throat|strange rash"),
        Of("hunger", "a restaurant", "find|look for|choose", "hunger|stomach|kitchen|lunch", "pangs|feeling|hour|trouble", "empty fridge|skipped breakfast|rumbling stomach|great hunger"),
        Of("tiredness", "a nap", "take|plan", "sleep|night|insomnia|baby", "shortage|shift|feeling|problems", "sleepless night|heavy eyelids|endless yawning|early alarm"),
        Of("cold", "a coat", "take|get|buy|look for", "frost|winter|snow|ice", "wind|forecast|temperatures|blast", "freezing wind|deep snow|icy air|white frost"),
        Of("headache", "an aspirin", "take|get|buy|ask for", "head|migraine|hangover|forehead", "pain|attack|symptoms|pressure", "pounding headache|throbbing temples|burning forehead|loud hammering"),
        Of("lateness", "a taxi", "take|get|call|look for", "bus|train|tram|railway", "delay|strike|cancellation|situation", "missed bus|late train|closed station|cancelled tram"),
        Of("car", "a mechanic", "call|find|ask for|look for", "engine|brake|gearbox|exhaust", "noise|failure|trouble|smoke", "broken engine|flat battery|worn brakes|smoking exhaust"),
        Of("water", "a plumber", "call|find|ask for|look for", "pipe|sink|drain|toilet", "leak|flood|failure|pressure", "dripping tap|burst pipe|flooded bathroom|blocked drain"),
        Of("teeth", "a dentist", "see|call|find|look for", "tooth|gum|molar|jaw", "pain|decay|infection|swelling", "aching tooth|lost filling|swollen cheek|bleeding gums"),
        Of("power", "an electrician", "call|find|ask for|look for", "power|fuse|socket|cable", "outage|failure|sparks|smell", "dead socket|blown fuse|flickering lights|dark cellar"),
        Of("travel", "a hotel", "find|look for|choose|book", "travel|conference|luggage|airport", "plans|visit|tour|cancellation", "long journey|foreign city|distant wedding|heavy suitcase"),
        Of("stress", "a holiday", "take|plan|book|ask for", "office|overtime|deadline|boss", "stress|exhaustion|burden|worries", "endless meetings|countless deadlines|angry boss|hundred emails"),
    ];

    private static EverydayTopic Of(string name, string thing, string verbs, string modifiers, string heads, string phrases) =>
        new(name, thing, verbs.Split('|'), modifiers.Split('|'), heads.Split('|'), phrases.Split('|'));
}
