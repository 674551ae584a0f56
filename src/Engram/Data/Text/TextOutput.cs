namespace Engram.Data;

/// <summary>What a text becomes.</summary>
public enum TextOutput
{
    /// <summary>The numbers of its words in their order, 0 where it is shorter than others: Keras' <c>int</c>.</summary>
    Sequence,

    /// <summary>For each word of the vocabulary whether it occurs: Keras' <c>multi_hot</c>.</summary>
    MultiHot,

    /// <summary>For each word of the vocabulary how often it occurs: Keras' <c>count</c>.</summary>
    Count,

    /// <summary>The count times a weight that is larger for rarer words: Keras' <c>tf_idf</c>.</summary>
    TfIdf,
}
