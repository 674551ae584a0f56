using System.CommandLine;
using System.Globalization;

namespace Engram.Cli.Options;

/// <summary>A part of the rows: a share such as 0.2, or a number of rows.</summary>
internal readonly record struct Share(double? Fraction, int? Rows)
{
    public static Option<Share?> Option(string name, string help) => OptionKinds.Parsed<Share?>(name, "SHARE|ROWS", help, "a share between 0 and 1 such as 0.2, or a whole number of rows", Parse);

    private static Share? Parse(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rows) && rows >= 1 ? new Share(null, rows)
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) && share is > 0 and < 1 ? new Share(share, null)
        : null;
}
