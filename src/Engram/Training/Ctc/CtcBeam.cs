namespace Engram.Training;

/// <summary>
/// The beam of one sequence. A beginning is a node of a tree of labels with two probabilities (as logarithms): that its paths end in a blank, and
/// that they end in its last label. A step multiplies both by the step's probabilities, lets paths of the parent's grow into it, and then tries
/// to grow each beginning by each label into one that is not in the beam, which drives out the least likely.
/// </summary>
internal sealed class CtcBeam
{
    private readonly int width;
    private readonly int blank;
    private readonly double[] log;
    private readonly List<Node> beam = []; // the most likely first
    private readonly List<Node> last = [];

    public CtcBeam(int width, int classes, int blank)
    {
        this.width = width;
        this.blank = blank;
        log = new double[classes];
        var root = new Node(null, -1);
        (root.Now.Blank, root.Now.Total) = (0, 0);
        beam.Add(root);
    }

    public void Step(ReadOnlySpan<float> logits)
    {
        (double largest, double sum) = Softmax.Normalizer(logits);
        for (int k = 0; k < log.Length; k++) { log[k] = logits[k] - largest - Math.Log(sum); }
        last.Clear();
        last.AddRange(beam);
        beam.Clear();
        foreach (Node node in last) { node.Before = node.Now; }
        foreach (Node node in last)
        {
            ref Probabilities now = ref node.Now;
            if (node.Parent is { IsActive: true } parent) { now.Label = LogSum(now.Label, FromParent(parent, node.Label)); }
            if (node.Parent is not null) { now.Label += log[node.Label]; }
            now.Blank = node.Before.Total + log[blank];
            now.Total = LogSum(now.Blank, now.Label);
            Insert(node);
        }

        foreach (Node node in last)
        {
            if (!IsCandidate(node.Before.Total)) { continue; }
            for (int k = 0; k < log.Length; k++)
            {
                if (k != blank) { Grow(node, k); }
            }
        }
    }

    public CtcPath[] Best(int count)
    {
        var paths = new CtcPath[Math.Min(count, beam.Count)];
        for (int i = 0; i < paths.Length; i++)
        {
            var labels = new List<int>();
            for (Node node = beam[i]; node.Parent is not null; node = node.Parent) { labels.Add(node.Label); }
            labels.Reverse();
            paths[i] = new CtcPath(labels, beam[i].Now.Total, beam[i].Now.Total);
        }

        return paths;
    }

    // An equal label grows only out of a blank.
    private static double FromParent(Node parent, int label) => label == parent.Label ? parent.Before.Blank : parent.Before.Total;

    private static double LogSum(double a, double b)
    {
        double largest = Math.Max(a, b);
        return double.IsNegativeInfinity(largest) ? largest : largest + Math.Log(1 + Math.Exp(Math.Min(a, b) - largest));
    }

    private bool IsCandidate(double total) =>
        total > double.NegativeInfinity && (beam.Count < width || total > beam[^1].Now.Total);

    private void Grow(Node node, int label)
    {
        Node child = node.Child(label, log.Length);
        if (child.IsActive) { return; } // it is in the beam and has got the paths of its parent already
        double grown = FromParent(node, label) + log[label];
        if (!IsCandidate(grown)) { return; }
        child.Now = new Probabilities { Blank = double.NegativeInfinity, Label = grown, Total = grown };
        if (beam.Count == width)
        {
            beam[^1].Now = Probabilities.None;
            beam.RemoveAt(width - 1);
        }

        Insert(child);
    }

    private void Insert(Node node)
    {
        int at = beam.Count;
        while (at > 0 && beam[at - 1].Now.Total < node.Now.Total) { at--; }
        beam.Insert(at, node);
    }

    private struct Probabilities
    {
        public double Blank;
        public double Label;
        public double Total;

        public static Probabilities None { get; } = new() { Blank = double.NegativeInfinity, Label = double.NegativeInfinity, Total = double.NegativeInfinity };
    }

    private sealed class Node(Node? parent, int label)
    {
        private Node?[]? children;

        public Probabilities Now = Probabilities.None;
        public Probabilities Before = Probabilities.None;

        public Node? Parent => parent;

        public int Label => label;

        /// <summary>Whether it is in the beam.</summary>
        public bool IsActive => Now.Total > double.NegativeInfinity;

        public Node Child(int of, int classes) => (children ??= new Node?[classes])[of] ??= new Node(this, of);
    }
}
