using System.Buffers.Binary;
using System.Text;

namespace Engram.Formats.PyTorch;

/// <summary>
/// Reads pickles as PyTorch writes them for a state dict. A pickle is a program for a stack machine; this machine knows those
/// instructions that make texts, numbers, tuples, lists and dictionaries, and names and calls only as far as <see cref="PickleTypes"/>
/// lists them. It runs nothing.
/// </summary>
internal sealed class PickleReader(ReadOnlyMemory<byte> bytes, string what, ReadLimits limits)
{
    private static readonly object Mark = new();
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    private readonly List<object?> stack = [];
    private readonly Dictionary<uint, object?> memo = [];
    private int at;

    /// <summary>Where the pickle that was read last ends.</summary>
    public int Position => at;

    /// <summary>Reads one pickle, from <see cref="Position"/> on.</summary>
    public object? Read()
    {
        stack.Clear();
        memo.Clear();
        while (true)
        {
            int start = at;
            byte code = Byte();
            if (code == (byte)'.')
            {
                object? result = Pop();
                return stack.Count == 0 ? result : throw Wrong(start, "ends with values left over");
            }

            Step(code, start);
        }
    }

    private void Step(byte code, int start)
    {
        switch ((char)code)
        {
            case '\x80': if (Byte() > 5) { throw Wrong(start, "has a protocol above 5"); } break;
            case '\x95': Take(8); break; // a frame: how many bytes to fetch, which does not matter here
            case '(': stack.Add(Mark); break;
            case '0': Pop(); break;
            case 'N': stack.Add(null); break;
            case '\x88': stack.Add(true); break;
            case '\x89': stack.Add(false); break;
            case 'J': stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case 'K': stack.Add((long)Byte()); break;
            case 'M': stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case '\x8a': PushWhole(start); break;
            case 'G': stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case 'X': stack.Add(Text(Length(start))); break;
            case '\x8c' or 'U': stack.Add(Text(Byte())); break;
            case 'T': stack.Add(Text(Length(start))); break;
            case ')': stack.Add(Array.Empty<object?>()); break;
            case 't': stack.Add(PopToMark(start)); break;
            case '\x85': stack.Add(Last(1, start)); break;
            case '\x86': stack.Add(Last(2, start)); break;
            case '\x87': stack.Add(Last(3, start)); break;
            case ']': stack.Add(new PickleList()); break;
            case '}': stack.Add(new PickleDictionary()); break;
            case 'a': Append([Pop()], start); break;
            case 'e': Append(PopToMark(start), start); break;
            case 's': SetItems(Last(2, start), start); break;
            case 'u': SetItems(PopToMark(start), start); break;
            case 'q': memo[Byte()] = Peek(start); break;
            case 'r': memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek(start); break;
            case '\x94': memo[(uint)memo.Count] = Peek(start); break;
            case 'h': stack.Add(Remembered(Byte(), start)); break;
            case 'j': stack.Add(Remembered(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)), start)); break;
            case 'c': stack.Add(PickleTypes.Known(Line(start), Line(start), $"{what}, byte {start}")); break;
            case '\x93': stack.Add(Name(start)); break;
            case 'R':
                object? arguments = Pop();
                stack.Add(PickleTypes.Call(Pop(), arguments, $"{what}, byte {start}", limits));
                break;
            case 'Q': stack.Add(PickleTypes.Storage(Pop(), $"{what}, byte {start}")); break;
            case 'b': Attributes(start); break;
            default: throw Wrong(start, $"has the instruction {Instruction(code)}, which no state dict needs and which is not carried out");
        }
    }

    private static string Instruction(byte code) => code is > 32 and < 127 ? $"'{(char)code}'" : $"0x{code:x2}";

    // OrderedDicts carry the versions of their modules as an attribute; nothing else may have any.
    private void Attributes(int start)
    {
        Pop();
        if (Peek(start) is not PickleDictionary) { throw Wrong(start, "sets attributes of what is no dictionary"); }
    }

    private PickleName Name(int start)
    {
        object?[] parts = Last(2, start);
        return parts is [string module, string name] ? PickleTypes.Known(module, name, $"{what}, byte {start}") : throw Wrong(start, "asks for a name that is no text");
    }

    private void Append(ReadOnlySpan<object?> items, int start)
    {
        if (Peek(start) is not PickleList list) { throw Wrong(start, "appends to what is no list"); }
        list.Items.AddRange(items);
    }

    private void SetItems(object?[] items, int start)
    {
        if (Peek(start) is not PickleDictionary dictionary || items.Length % 2 != 0) { throw Wrong(start, "sets entries of what is no dictionary, or half an entry"); }
        for (int i = 0; i < items.Length; i += 2) { dictionary.Items.Add((items[i], items[i + 1])); }
    }

    private object? Remembered(uint index, int start) => memo.TryGetValue(index, out object? value) ? value : throw Wrong(start, $"asks for its value number {index}, which it did not keep");

    private object?[] PopToMark(int start)
    {
        int mark = stack.LastIndexOf(Mark);
        if (mark < 0) { throw Wrong(start, "closes a group that it did not open"); }
        object?[] items = [.. stack[(mark + 1)..]];
        stack.RemoveRange(mark, stack.Count - mark);
        return items;
    }

    private object?[] Last(int count, int start)
    {
        if (stack.Count < count) { throw Wrong(start, "takes values that are not there"); }
        object?[] items = [.. stack[^count..]];
        if (items.AsSpan().Contains(Mark)) { throw Wrong(start, "takes values that are not there"); }
        stack.RemoveRange(stack.Count - count, count);
        return items;
    }

    private object? Pop() => Last(1, at)[0];

    private object? Peek(int start) => stack.Count > 0 && stack[^1] != Mark ? stack[^1] : throw Wrong(start, "takes a value that is not there");

    // Up to 16 bytes: the files of old versions begin with a number of ten.
    private void PushWhole(int start)
    {
        int length = Byte();
        if (length > 16) { throw Wrong(start, $"has a whole number of {length} bytes"); }
        Span<byte> number = stackalloc byte[16];
        ReadOnlySpan<byte> given = Take(length);
        number.Fill(length > 0 && given[^1] >= 0x80 ? (byte)0xFF : (byte)0);
        given.CopyTo(number);
        Int128 value = BinaryPrimitives.ReadInt128LittleEndian(number);
        if (value >= long.MinValue && value <= long.MaxValue) { stack.Add((long)value); }
        else { stack.Add(value); }
    }

    private string Line(int start)
    {
        int length = bytes.Span[at..].IndexOf((byte)'\n');
        if (length < 0) { throw Wrong(start, "has a line without an end"); }
        string text = Text(length);
        at++;
        return text;
    }

    private int Length(int start)
    {
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
        return length <= bytes.Length - at && length <= limits.TextBytes ? (int)length : throw Wrong(start, $"has a text of {length} bytes; {bytes.Length - at} follow");
    }

    private string Text(int length)
    {
        int start = at;
        try { return Utf8.GetString(Take(length)); }
        catch (DecoderFallbackException) { throw Wrong(start, "has a text that is not UTF-8"); }
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > bytes.Length - at) { throw Wrong(at, $"ends where {count} more bytes belong"); }
        at += count;
        return bytes.Span.Slice(at - count, count);
    }

    private EngramException Wrong(int start, string why) => new($"{what}, byte {start}: the pickle {why}.");
}
