using Engram.Data;
using Engram.Generation;

namespace Engram.Benchmarks.Works;

/// <summary>Writing text character by character: a step of the network, and the draw of the next character.</summary>
internal static class Generation
{
    private const int Characters = 65, Units = 128, Count = 1000;

    // The layer behind the embedding takes its product with the input from a table.
    private const double Operations = 2.0 * ((4 * Units * 3 * Units) + (Units * (Characters + 4)));

    public static IReadOnlyList<Work> All { get; } =
    [
        new Work("generate", $"a character of {Characters}, 2 Lstm {Units}", Operations, "character", () => Create(new SamplingOptions())) { WeightBytes = Streaming.Bytes(Operations, sizeof(float)) },
        new Work("generate bf16", "the same with the weights in 16 bits", Operations, "character", () => Create(new SamplingOptions(), WeightType.Bfloat16)) { WeightBytes = Streaming.Bytes(Operations, 2) },
        new Work("generate int8", "the same with the weights in 8 bits", Operations, "character", () => Create(new SamplingOptions(), WeightType.Int8)) { WeightBytes = Streaming.Bytes(Operations, 1) },
        new Work("generate top", "the same with top-k 20 and top-p 0.9", Operations, "character", () => Create(new SamplingOptions { TopK = 20, TopP = 0.9 })) { WeightBytes = Streaming.Bytes(Operations, sizeof(float)) },
    ];

    private static Run Create(SamplingOptions sampling, WeightType weights = WeightType.Float32)
    {
        var options = new TextNetworkOptions { Units = Units, Seed = 1 };
        Tokenizer tokenizer = CharacterTokenizer.Train([string.Concat(Enumerable.Range('A', Characters).Select(c => (char)c))]);
        TextSession session = new TextGenerator(tokenizer, options, LanguageNetwork.Create(options, tokenizer.Count, stateful: false), null).OpenSession(sampling, weights);
        return new Run(
            afterStep =>
            {
                for (int i = 0; i < Count; i++)
                {
                    session.Next();
                    afterStep?.Invoke();
                }
            },
            Count);
    }
}
