using System.CommandLine;
using System.Text;

namespace Engram.Cli.Options;

/// <summary>The encodings of text files that the command line knows.</summary>
internal enum TextEncoding
{
    /// <summary>UTF-8.</summary>
    Utf8,

    /// <summary>Windows-1252.</summary>
    Windows1252,

    /// <summary>ISO 8859-1.</summary>
    Latin1,
}

/// <summary>The option for the encoding of text files, which all commands that read them have.</summary>
internal static class TextEncodings
{
    /// <summary>How it is called.</summary>
    public const string Name = "--encoding";

    /// <summary>Creates it.</summary>
    public static Option<TextEncoding?> Option() => OptionKinds.Choice(Name, "How text files are encoded. Default: utf-8; a file that is not valid is refused.",
        ("utf-8", TextEncoding.Utf8), ("windows-1252", TextEncoding.Windows1252), ("latin-1", TextEncoding.Latin1));

    /// <summary>The encoding that the command line names; null for UTF-8.</summary>
    public static Encoding? Of(ParseResult arguments, Option<TextEncoding?> option) => arguments.GetValue(option) switch
    {
        TextEncoding.Windows1252 => CodePagesEncodingProvider.Instance.GetEncoding(1252),
        TextEncoding.Latin1 => Encoding.Latin1,
        _ => null,
    };
}
