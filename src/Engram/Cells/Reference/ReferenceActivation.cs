using System.Numerics;

namespace Engram.Cells.Reference;

/// <summary>A function of one number and its derivative.</summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="Value">y = f(x).</param>
/// <param name="Derivative">f'(x), given x and y.</param>
public sealed record ReferenceActivation<T>(Func<T, T> Value, Func<T, T, T> Derivative) where T : IBinaryFloatingPointIeee754<T>
{
    /// <summary>tanh(x); 1 - y².</summary>
    public static ReferenceActivation<T> Tanh { get; } = new(T.Tanh, (x, y) => T.One - (y * y));

    /// <summary>1 / (1 + exp(-x)); y (1 - y).</summary>
    public static ReferenceActivation<T> Sigmoid { get; } = new(x => T.One / (T.One + T.Exp(-x)), (x, y) => y * (T.One - y));

    /// <summary>x; 1.</summary>
    public static ReferenceActivation<T> Linear { get; } = new(x => x, (x, y) => T.One);

    /// <summary>max(x, 0); 1 above 0 and 0 elsewhere.</summary>
    public static ReferenceActivation<T> Relu { get; } = new(x => T.Max(x, T.Zero), (x, y) => x > T.Zero ? T.One : T.Zero);

    /// <summary>x / (1 + |x|); (1 - |y|)².</summary>
    public static ReferenceActivation<T> Softsign { get; } = new(x => x / (T.One + T.Abs(x)), (x, y) => (T.One - T.Abs(y)) * (T.One - T.Abs(y)));

    /// <summary>min(max(x + 3, 0), 6) / 6; 1/6 in between and 0 outside.</summary>
    public static ReferenceActivation<T> HardSigmoid { get; } = new(
        x => T.Clamp(x + T.CreateChecked(3), T.Zero, T.CreateChecked(6)) / T.CreateChecked(6),
        (x, y) => T.Abs(x) < T.CreateChecked(3) ? T.One / T.CreateChecked(6) : T.Zero);

    /// <summary>The function that Keras calls by a name.</summary>
    /// <exception cref="EngramException">There is none of that name here.</exception>
    public static ReferenceActivation<T> Get(string name) => name switch
    {
        "tanh" => Tanh,
        "sigmoid" => Sigmoid,
        "linear" => Linear,
        "relu" => Relu,
        "softsign" => Softsign,
        "hard_sigmoid" => HardSigmoid,
        _ => throw new EngramException($"There is no reference activation '{name}'; known are tanh, sigmoid, linear, relu, softsign, hard_sigmoid."),
    };
}
