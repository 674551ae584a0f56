using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Engram.Formats.Keras;

/// <summary>Reads JSON from a file: of bounded depth, no key twice, valid UTF-8 throughout.</summary>
internal static class JsonText
{
    // A layer within a layer takes up to five levels: layers, entry, config, layer, config.
    private const int LevelsOfLayer = 5;

    /// <summary>Reads an object.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="place">The file and what is read in it, for messages.</param>
    /// <param name="limits">How long and how deep it may be.</param>
    /// <exception cref="EngramException">The text is no JSON object, or beyond the limits.</exception>
    public static JsonObject ReadObject(ReadOnlySpan<byte> utf8, string place, ReadLimits limits)
    {
        if (utf8.Length > limits.TextBytes) { throw new EngramException($"{place}: has {utf8.Length} bytes; at most {limits.TextBytes} are read (ReadLimits.TextBytes)."); }
        if (!Utf8.IsValid(utf8)) { throw new EngramException($"{place}: is no valid UTF-8."); }
        if (utf8.StartsWith(Encoding.UTF8.Preamble)) { utf8 = utf8[3..]; }
        int depth = 8 + (LevelsOfLayer * limits.Nesting);
        try
        {
            CheckTexts(utf8, depth);
            var options = new JsonDocumentOptions { MaxDepth = depth, AllowDuplicateProperties = false };
            return JsonNode.Parse(utf8, null, options) as JsonObject ?? throw new EngramException($"{place}: is no JSON object.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new EngramException($"{place}: is no JSON that can be read: {e.Message}", e);
        }
    }

    // Escapes may spell half a character, which would only come out where the text is used.
    private static void CheckTexts(ReadOnlySpan<byte> utf8, int depth)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = depth });
        while (reader.Read())
        {
            if (reader.ValueIsEscaped) { reader.GetString(); }
        }
    }
}
