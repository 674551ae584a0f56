using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Engram.Tests.Fuzzing;

/// <summary>
/// Damages JSON in ways that stay JSON: values of another type, extreme numbers, keys dropped, renamed and doubled, pieces of other files, lists
/// that are too long or nested too deep. The same number gives the same damage. It works on the text, which is many times cheaper than a tree.
/// </summary>
internal sealed class JsonMutator
{
    private static readonly JsonReaderOptions Deep = new() { MaxDepth = 5000 };

    private readonly (byte[] Text, List<Place> Places)[] seeds;
    private readonly List<byte[]> values = [];
    private readonly List<byte[]> texts = []; // of keys and of values, in their quotes

    public JsonMutator(IEnumerable<string> seeds)
    {
        this.seeds = [.. seeds.Select(seed => Encoding.UTF8.GetBytes(JsonNode.Parse(seed)!.ToJsonString())).Select(text => (text, Places(text)))];
        foreach ((byte[] text, List<Place> places) in this.seeds)
        {
            foreach (Place place in places)
            {
                values.Add(text[place.Value..place.End]);
                if (place.IsNamed) { texts.Add(text[place.Start..(place.Value - 1)]); }
                if (text[place.Value] == '"') { texts.Add(values[^1]); }
            }
        }
    }

    /// <summary>A damaged copy of one of the seeds.</summary>
    public byte[] Mutate(Random random)
    {
        (byte[] text, List<Place> places) = seeds[random.Next(seeds.Length)];
        for (int times = 1 + random.Next(3); times > 0 && places.Count > 0; times--)
        {
            text = Damage(random, text, places[random.Next(places.Count)]);
            if (times > 1) { places = Places(text); }
        }

        return random.Next(12) == 0 ? DoubleKey(random, text) : text;
    }

    private byte[] Damage(Random random, byte[] text, Place place)
    {
        byte[] entry = text[place.Start..place.End];
        switch (place.IsNamed ? random.Next(8) : 8 + random.Next(6))
        {
            case 0 or 8: // taken away, and a comma with it
                bool before = text[place.Start - 1] == ',', behind = !before && text[place.End] == ',';
                return Replace(text, place.Start - (before ? 1 : 0), place.End + (behind ? 1 : 0), []);
            case 1:
                return Replace(text, place.Start, place.Value - 1, Text(random));
            case 2:
                return Replace(text, place.Start, place.Start, [.. Text(random), (byte)':', .. Value(random), (byte)',']);
            case 9:
                return Replace(text, place.End, place.End, [(byte)',', .. entry]);
            case 10:
                byte[] again = [(byte)',', .. entry];
                return Replace(text, place.End, place.End, [.. Enumerable.Repeat(again, random.Next(2, 200)).SelectMany(copy => copy)]);
            default:
                return Replace(text, place.Value, place.End, New(random, text[place.Value..place.End]));
        }
    }

    private byte[] New(Random random, byte[] old) => random.Next(6) switch
    {
        0 => values[random.Next(values.Count)],
        1 when double.TryParse(old, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) => Ascii((number + random.Next(-3, 4)).ToString("R", CultureInfo.InvariantCulture)),
        2 => Nested(random, old),
        3 => Text(random),
        _ => Value(random),
    };

    private byte[] Text(Random random) => texts[random.Next(texts.Count)];

    private static byte[] Value(Random random) => Ascii(random.Next(16) switch
    {
        0 => "null",
        1 => "true",
        2 => "false",
        3 => "0",
        4 => "-1",
        5 => "2147483647",
        6 => "9223372036854775807",
        7 => "1e308",
        8 => "1e999",
        9 => random.Next(-10, 100).ToString(CultureInfo.InvariantCulture),
        10 => random.NextDouble().ToString("R", CultureInfo.InvariantCulture),
        11 => "\"\"",
        12 => $"\"{new string('x', random.Next(1, 5000))}\"",
        13 => "[]",
        14 => "{}",
        _ => (1 << random.Next(31)).ToString(CultureInfo.InvariantCulture),
    });

    private static byte[] Nested(Random random, byte[] inner)
    {
        (string open, string close) = ("[", "]");
        for (int levels = random.Next(random.Next(3) == 0 ? 400 : 3); levels > 0; levels--)
        {
            bool list = random.Next(2) == 0;
            open = (list ? "[" : "{\"config\":") + open;
            close += list ? "]" : "}";
        }

        return [.. Ascii(open), .. inner, .. Ascii(close)];
    }

    private static byte[] DoubleKey(Random random, byte[] text)
    {
        int from = random.Next(text.Length);
        int at = text.AsSpan(from).IndexOf("\",\""u8);
        return at < 0 ? text : Replace(text, from + at + 2, from + at + 2, "\"class_name\":\"LSTM\",\"class_name\":\"GRU\","u8);
    }

    private static byte[] Replace(byte[] text, int start, int end, ReadOnlySpan<byte> by) => [.. text.AsSpan(0, start), .. by, .. text.AsSpan(end)];

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);

    // All values within a text that has no blanks.
    private static List<Place> Places(byte[] text)
    {
        var places = new List<Place>();
        var open = new Stack<int>();
        var reader = new Utf8JsonReader(text, Deep);
        int name = -1;
        while (reader.Read())
        {
            int start = (int)reader.TokenStartIndex, end = (int)reader.BytesConsumed;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = start;
                    continue;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    int opened = open.Pop();
                    if (opened >= 0) { places[opened] = places[opened] with { End = end }; }
                    continue;
            }

            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) { open.Push(reader.CurrentDepth == 0 ? -1 : places.Count); }
            if (reader.CurrentDepth > 0) { places.Add(new Place(name >= 0 ? name : start, start, end)); }
            name = -1;
        }

        return places;
    }

    /// <summary>An entry of an object or a list: where it begins (with its name, if it has one), its value, and its end.</summary>
    private readonly record struct Place(int Start, int Value, int End)
    {
        public bool IsNamed => Start < Value;
    }
}
