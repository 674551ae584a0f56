namespace Engram.Charts;

/// <summary>
/// The colours of series: told apart by people with any kind of colour vision (after Okabe and Ito, "Color Universal Design",
/// 2008), with one shade for light ground and one for dark.
/// </summary>
public enum ChartColor
{
    /// <summary>The first series' colour.</summary>
    Blue,
    /// <summary>A red-orange, the second series' colour.</summary>
    Vermilion,
    /// <summary>A bluish green.</summary>
    Green,
    /// <summary>A reddish purple.</summary>
    Purple,
    /// <summary>A dark yellow.</summary>
    Amber,
    /// <summary>A light blue.</summary>
    Sky,
    /// <summary>A quiet grey, for what is only context.</summary>
    Gray,
    /// <summary>The colour of the text, for what was measured.</summary>
    Ink,
}
