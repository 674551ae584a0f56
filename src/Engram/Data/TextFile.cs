using System.Text;

namespace Engram.Data;

/// <summary>A file of text, read as a whole.</summary>
internal static class TextFile
{
    /// <summary>Reads it; only a byte order mark is left out.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="encoding">Its encoding; null for UTF-8.</param>
    /// <exception cref="EngramException">
    /// The file cannot be read, or is not in that encoding; the message names the line and the byte, and the cause is a <see cref="DecoderFallbackException"/>.
    /// </exception>
    public static string Read(string path, Encoding? encoding = null)
    {
        byte[] bytes;
        try { bytes = File.ReadAllBytes(path); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw new EngramException($"{path}: the file cannot be read: {e.Message}", e); }
        if (encoding is null && bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]) { throw new EngramException($"{path}: the file is UTF-16. Save it as UTF-8."); }
        int start = encoding is null && bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        try { return (encoding ?? new UTF8Encoding(false, throwOnInvalidBytes: true)).GetString(bytes, start, bytes.Length - start); }
        catch (DecoderFallbackException e)
        {
            int offset = start + Math.Max(0, e.Index), line = 1 + bytes.AsSpan(0, Math.Min(offset, bytes.Length)).Count((byte)'\n');
            string name = encoding is null ? "UTF-8" : encoding.WebName, advice = encoding is null ? " The file may be Windows-1252 or Latin-1: save it as UTF-8." : "";
            throw new EngramException($"{path}, line {line}: not valid {name} (byte 0x{e.BytesUnknown?.FirstOrDefault():X2} at offset {offset}).{advice}", e);
        }
    }
}
