using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Engram.Charts;

namespace Engram.Cli.Generate;

/// <summary>A file of text in UTF-8.</summary>
internal static class TextFile
{
    /// <summary>Reads it as it is; only a byte order mark is left out.</summary>
    /// <exception cref="EngramException">There is no such file, it is empty, or it is not UTF-8; the message names the byte.</exception>
    public static string Read(string path)
    {
        byte[] bytes;
        try { bytes = File.ReadAllBytes(path); }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException) { throw new EngramException($"{path}: there is no such file. Give a file of plain text."); }
        catch (UnauthorizedAccessException e) { throw new EngramException($"{path}: cannot be read: {e.Message}"); }
        ReadOnlySpan<byte> text = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsSpan(Encoding.UTF8.Preamble.Length) : bytes;
        if (text.IsEmpty) { throw new EngramException($"{path}: is empty; a generator learns from a text of some thousand characters or more."); }
        var characters = new char[text.Length];
        OperationStatus status = Utf8.ToUtf16(text, characters, out int read, out int written, replaceInvalidSequences: false);
        if (status == OperationStatus.Done) { return new string(characters, 0, written); }
        int line = 1 + text[..read].Count((byte)'\n');
        string shown = Convert.ToHexString(text.Slice(read, Math.Min(4, text.Length - read)));
        throw new EngramException(
            $"{path}: byte {NumberText.Decimals(bytes.Length - text.Length + read, 0)} (line {NumberText.Decimals(line, 0)}) is not UTF-8: {shown} in hexadecimal digits. Save the text as UTF-8, for example with 'iconv -f latin1 -t utf-8'.");
    }
}
