namespace Engram.Classification;

/// <summary>Parts the samples of each class by chance into those that are learnt from and those that validate.</summary>
internal static class SampleSplit
{
    /// <summary>The numbers of the samples of both parts, ascending.</summary>
    /// <param name="targets">The number of each sample's class.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="share">The share that validates, of each class with at least two samples; at least one sample of such a class stays to be learnt from.</param>
    /// <param name="seed">What the choice follows from.</param>
    public static (int[] Training, int[] Validation) Stratified(int[] targets, int classes, double share, long seed)
    {
        var validates = new bool[targets.Length];
        double owed = 0; // what rounding has kept back so far, so that the shares of many small classes add up
        for (int k = 0; k < classes; k++)
        {
            int[] members = [.. Enumerable.Range(0, targets.Length).Where(i => targets[i] == k)];
            if (members.Length < 2) { continue; }
            new RandomKey(seed).Derive("validation").Derive(k).Shuffle(members);
            owed += share * members.Length;
            int count = Math.Clamp((int)Math.Round(owed), 0, members.Length - 1);
            owed -= count;
            foreach (int i in members.AsSpan(0, count)) { validates[i] = true; }
        }

        int[] all = [.. Enumerable.Range(0, targets.Length)];
        return ([.. all.Where(i => !validates[i])], [.. all.Where(i => validates[i])]);
    }
}
