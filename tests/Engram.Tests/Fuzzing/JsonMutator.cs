using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Engram.Tests.Fuzzing;

/// <summary>
/// Damages JSON in ways that stay JSON: values of another type, extreme numbers, keys dropped, renamed and doubled, pieces of other files, lists
/// that are too long or nested too deep. The same number gives the same damage.
/// </summary>
internal sealed class JsonMutator
{
    private readonly JsonNode[] seeds;
    private readonly List<JsonNode?> pieces = [];
    private readonly List<string> names = [];

    public JsonMutator(IEnumerable<string> texts)
    {
        seeds = [.. texts.Select(text => JsonNode.Parse(text)!)];
        foreach (JsonNode seed in seeds) { Collect(seed); }
    }

    /// <summary>A damaged copy of one of the seeds.</summary>
    public byte[] Mutate(Random random)
    {
        JsonNode root = seeds[random.Next(seeds.Length)].DeepClone();
        for (int times = 1 + random.Next(3); times > 0; times--)
        {
            var places = new List<(JsonNode Parent, object Key)>();
            Places(root, places);
            if (places.Count == 0) { break; }
            (JsonNode parent, object key) = places[random.Next(places.Count)];
            Damage(random, parent, key);
        }

        string text = root.ToJsonString(new JsonSerializerOptions { MaxDepth = 5000 });
        if (random.Next(12) == 0) { text = DoubleKey(random, text); }
        return Encoding.UTF8.GetBytes(text);
    }

    private void Damage(Random random, JsonNode parent, object key)
    {
        if (parent is JsonObject values)
        {
            var name = (string)key;
            switch (random.Next(8))
            {
                case 0:
                    values.Remove(name);
                    return;
                case 1:
                    JsonNode? moved = values[name]?.DeepClone();
                    values.Remove(name);
                    values[names[random.Next(names.Count)]] = moved;
                    return;
                case 2:
                    values[names[random.Next(names.Count)]] = Value(random);
                    return;
                default:
                    values[name] = New(random, values[name]);
                    return;
            }
        }

        var list = (JsonArray)parent;
        int at = (int)key;
        switch (random.Next(6))
        {
            case 0:
                list.RemoveAt(at);
                return;
            case 1:
                list.Insert(at, list[at]?.DeepClone());
                return;
            case 2:
                for (int i = random.Next(2, 200); i > 0; i--) { list.Add(list[at]?.DeepClone()); }
                return;
            default:
                list[at] = New(random, list[at]);
                return;
        }
    }

    private JsonNode? New(Random random, JsonNode? old) => random.Next(6) switch
    {
        0 => pieces[random.Next(pieces.Count)]?.DeepClone(),
        1 when old is JsonValue number && number.GetValueKind() == JsonValueKind.Number && double.Parse(number.ToJsonString(), CultureInfo.InvariantCulture) is var finite && double.IsFinite(finite) =>
            finite + random.Next(-3, 4),
        2 => Nested(random, old),
        3 => names[random.Next(names.Count)],
        _ => Value(random),
    };

    private static JsonNode? Value(Random random) => random.Next(16) switch
    {
        0 => null,
        1 => true,
        2 => false,
        3 => 0,
        4 => -1,
        5 => int.MaxValue,
        6 => long.MaxValue,
        7 => 1e308,
        8 => JsonNode.Parse("1e999"),
        9 => random.Next(-10, 100),
        10 => random.NextDouble(),
        11 => "",
        12 => new string('x', random.Next(1, 5000)),
        13 => new JsonArray(),
        14 => new JsonObject(),
        _ => 1 << random.Next(31),
    };

    private static JsonNode Nested(Random random, JsonNode? inner)
    {
        JsonNode nested = new JsonArray(inner?.DeepClone());
        for (int levels = random.Next(random.Next(3) == 0 ? 400 : 3); levels > 0; levels--) { nested = random.Next(2) == 0 ? new JsonArray(nested) : new JsonObject { ["config"] = nested }; }
        return nested;
    }

    private static string DoubleKey(Random random, string text)
    {
        int at = text.IndexOf("\",\"", random.Next(text.Length), StringComparison.Ordinal);
        return at < 0 ? text : text[..(at + 2)] + "\"class_name\":\"LSTM\",\"class_name\":\"GRU\"," + text[(at + 2)..];
    }

    private static void Places(JsonNode? node, List<(JsonNode, object)> places)
    {
        if (node is JsonObject values)
        {
            foreach ((string name, JsonNode? value) in values)
            {
                places.Add((values, name));
                Places(value, places);
            }
        }
        else if (node is JsonArray list)
        {
            for (int i = 0; i < list.Count; i++)
            {
                places.Add((list, i));
                Places(list[i], places);
            }
        }
    }

    private void Collect(JsonNode? node)
    {
        pieces.Add(node);
        if (node is JsonObject values)
        {
            foreach ((string name, JsonNode? value) in values)
            {
                names.Add(name);
                Collect(value);
            }
        }
        else if (node is JsonArray list)
        {
            foreach (JsonNode? item in list) { Collect(item); }
        }
        else if (node is JsonValue text && text.GetValueKind() == JsonValueKind.String) { names.Add(text.GetValue<string>()); }
    }
}
