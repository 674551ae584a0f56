namespace Engram.Training;

/// <summary>How the shapes of target and prediction fit where both are rows along the last axis.</summary>
internal static class RowShapes
{
    /// <summary>The length of a prediction's row; a prediction of one axis is one column of rows.</summary>
    public static int Columns(ReadOnlySpan<int> prediction) => prediction.Length <= 1 ? 1 : prediction[^1];

    /// <summary>The axes that count the rows.</summary>
    public static ReadOnlySpan<int> Leading(ReadOnlySpan<int> prediction) => prediction.Length <= 1 ? prediction : prediction[..^1];

    /// <summary>
    /// Checks that the target has the prediction's leading axes and <paramref name="targetColumns"/> columns; an axis of one column may be
    /// missing.
    /// </summary>
    /// <exception cref="EngramException">It has not; the message names both shapes.</exception>
    public static void Require(string name, ReadOnlySpan<int> target, ReadOnlySpan<int> prediction, int targetColumns)
    {
        ReadOnlySpan<int> leading = Leading(prediction);
        bool fits = (target.Length == leading.Length + 1 && target[..^1].SequenceEqual(leading) && target[^1] == targetColumns)
            || (targetColumns == 1 && target.SequenceEqual(leading));
        if (fits && prediction.Length > 0) { return; }

        string expected = targetColumns < 0 ? "(none fits)" : Shape.Format([.. leading, targetColumns]);
        if (targetColumns == 1) { expected = $"{Shape.Format(leading)} or {expected}"; }
        throw new EngramException(
            $"{name}: expected a target of shape {expected} for a prediction of shape {Shape.Format(prediction)}, got {Shape.Format(target)}.");
    }
}
