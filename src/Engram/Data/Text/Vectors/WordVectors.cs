using System.Numerics.Tensors;
using Engram.Formats;

namespace Engram.Data;

/// <summary>
/// Vectors of words that were trained elsewhere, read from the files that GloVe and word2vec publish: text (with or without a first line that says how many) or word2vec's binary form, as they are or packed by
/// gzip. Which form a file has is found out. For a network, they are the first values of an <see cref="Layers.Embedding"/>:
/// <code>
/// WordVectors vectors = WordVectors.Read("glove.6B.100d.txt", new WordVectorOptions { Words = tokenizer.Vocabulary });
/// WordMatrix matrix = vectors.Matrix(tokenizer);
/// Console.WriteLine($"{matrix.Found} of {tokenizer.Count} words have a vector");
/// var embedding = new Embedding(tokenizer.Count, vectors.Dimensions) { EmbeddingsInitializer = Initializers.Values(matrix.Values), MaskZero = true, Trainable = false };
/// </code>
/// </summary>
public sealed class WordVectors
{
    private readonly Dictionary<string, int> numbers;
    private readonly List<string> words;
    private readonly List<float[]> vectors;

    private WordVectors(WordVectorReader read)
    {
        (numbers, words, vectors, Dimensions) = (read.Numbers, read.Words, read.Vectors, read.Dimensions);
        (Repeated, Undecodable) = (read.Repeated, read.Undecodable);
    }

    /// <summary>The words in the order of the file.</summary>
    public IReadOnlyList<string> Words => words;

    /// <summary>How many words there are.</summary>
    public int Count => words.Count;

    /// <summary>How many numbers a vector has.</summary>
    public int Dimensions { get; }

    /// <summary>How many vectors were passed over since the file had one of the same word before.</summary>
    public int Repeated { get; }

    /// <summary>How many vectors were passed over since their word is no valid UTF-8, as no text can have such a word.</summary>
    public int Undecodable { get; }

    /// <summary>The vector of a word.</summary>
    /// <param name="word">The word.</param>
    /// <exception cref="EngramException">There is none.</exception>
    public ReadOnlySpan<float> this[string word] => numbers.TryGetValue(word, out int number)
        ? vectors[number]
        : throw new EngramException($"There is no vector of '{word}' among the {Count} words.");

    /// <summary>Reads a file; where it is packed it is unpacked on the way, and words that are not wanted take no memory.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="options">Which words are kept; null for all.</param>
    /// <param name="limits">How much memory the vectors may take (<see cref="ReadLimits.ArrayBytes"/>); null for the usual limits.</param>
    /// <exception cref="EngramException">The file cannot be read or is damaged, or none of the words is in it; the message names line or byte.</exception>
    public static WordVectors Read(string path, WordVectorOptions? options = null, ReadLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        var read = new WordVectors(WordVectorReader.Read(path, options ?? new WordVectorOptions(), limits ?? ReadLimits.Default));
        return read.Count > 0 ? read : throw new EngramException($"{path}: has vectors of {read.Dimensions} numbers, but of none of the words that were asked for.");
    }

    /// <summary>Whether there is a vector of a word.</summary>
    public bool Contains(string word) => numbers.ContainsKey(word);

    /// <summary>
    /// A row for each token: its word's vector, or that of the word in small letters. The row of padding is zero. Rows of tokens without a vector are drawn from a normal distribution with the mean
    /// and the standard deviation that the vectors found have in each dimension, so that they are as long as those.
    /// </summary>
    /// <param name="tokenizer">The tokens.</param>
    /// <param name="seed">What the draws follow from. Default 0.</param>
    /// <exception cref="EngramException">No token has a vector.</exception>
    public WordMatrix Matrix(Tokenizer tokenizer, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var values = new float[tokenizer.Count, Dimensions];
        var missing = new List<string>();
        var found = new bool[tokenizer.Count];
        double[] sum = new double[Dimensions], squares = new double[Dimensions];
        int rows = 0;
        for (int token = Tokenizer.Reserved; token < tokenizer.Count; token++)
        {
            string word = tokenizer.Vocabulary[token];
            if (!numbers.TryGetValue(word, out int number) && !numbers.TryGetValue(word.ToLowerInvariant(), out number))
            {
                missing.Add(word);
                continue;
            }

            found[token] = true;
            rows++;
            for (int d = 0; d < Dimensions; d++)
            {
                float value = values[token, d] = vectors[number][d];
                sum[d] += value;
                squares[d] += (double)value * value;
            }
        }

        if (rows == 0) { throw new EngramException($"None of the {tokenizer.Count - Tokenizer.Reserved} tokens has a vector among the {Count} words; the vocabulary is of another language or another kind."); }
        var key = new RandomKey(seed).Derive("word vectors");
        for (int token = Tokenizer.Unknown; token < tokenizer.Count; token++)
        {
            if (found[token]) { continue; }
            for (int d = 0; d < Dimensions; d++)
            {
                double mean = sum[d] / rows, deviation = Math.Sqrt(Math.Max(0, (squares[d] / rows) - (mean * mean)));
                values[token, d] = (float)(mean + (deviation * key.Normal(((ulong)token * (ulong)Dimensions) + (ulong)d)));
            }
        }

        return new WordMatrix(values, rows, missing);
    }

    /// <summary>The words whose vectors point most nearly the same way, by the cosine of the angle between them.</summary>
    /// <param name="word">The word.</param>
    /// <param name="count">How many.</param>
    /// <returns>The nearest first, the word itself left out; fewer where there are fewer.</returns>
    /// <exception cref="EngramException">There is no vector of the word.</exception>
    public IReadOnlyList<(string Word, float Similarity)> Nearest(string word, int count = 10)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        float[] vector = this[word].ToArray();
        float Similarity(float[] other) => TensorPrimitives.Norm(other) == 0 ? 0 : TensorPrimitives.CosineSimilarity(vector, other);
        if (TensorPrimitives.Norm(vector) == 0) { throw new EngramException($"The vector of '{word}' is zero and points nowhere."); }
        return [.. words.Select((other, i) => (Word: other, Similarity: Similarity(vectors[i]))).Where(pair => pair.Word != word)
            .OrderByDescending(pair => pair.Similarity).ThenBy(pair => pair.Word, StringComparer.Ordinal).Take(count)];
    }
}

/// <summary>The first values of an embedding, from vectors that were trained elsewhere.</summary>
/// <param name="Values">(tokens, dimensions).</param>
/// <param name="Found">How many tokens have a vector.</param>
/// <param name="Missing">The tokens that have none, without the four that all tokenizers keep; their rows are drawn.</param>
public sealed record WordMatrix(float[,] Values, int Found, IReadOnlyList<string> Missing);
