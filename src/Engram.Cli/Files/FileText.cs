using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Engram.Charts;
using Engram.Formats;

namespace Engram.Cli.Files;

/// <summary>What the commands that work on files of models and weights say alike.</summary>
internal static class FileText
{
    /// <summary>An argument that names a file.</summary>
    public static Argument<string> File(string name) => new(name) { Arity = ArgumentArity.ExactlyOne };

    /// <summary>What a file is, in words.</summary>
    public static string Kind(FileKind kind) => ModelFile.Words(kind);

    /// <summary>A number of bytes: 812 bytes, 1.4 MB.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes"),
        < 1_000_000 => $"{NumberText.Significant(bytes / 1e3, 3)} kB",
        _ => $"{NumberText.Significant(bytes / 1e6, 3)} MB",
    };

    /// <summary>The SHA-256 of a file, in hexadecimal digits.</summary>
    public static string HashOfFile(string path)
    {
        using FileStream stream = System.IO.File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>The SHA-256 of an array's elements, little-endian and in row-major order.</summary>
    public static string Hash(NamedArray array) => Convert.ToHexStringLower(SHA256.HashData(array.Bytes));

    /// <summary>How large the numbers of an array are, and how many are none.</summary>
    public static (double Least, double Largest, int NotFinite) Range(NamedArray array)
    {
        (double least, double largest, int notFinite) = (double.PositiveInfinity, double.NegativeInfinity, 0);
        foreach (double value in array.ToDoubles())
        {
            if (!double.IsFinite(value)) { notFinite++; }
            else { (least, largest) = (Math.Min(least, value), Math.Max(largest, value)); }
        }

        return (least, largest, notFinite);
    }

    /// <summary>A difference, to three digits: 0.125, 1.25e-07.</summary>
    public static string Difference(double value) => value.ToString("G3", CultureInfo.InvariantCulture).Replace('E', 'e');
}
