namespace Engram.Cells;

internal sealed unsafe partial class SequencePass
{
    private readonly TensorBuffer inputMasks = new(0);
    private readonly TensorBuffer recurrentMasks = new(0);

    private bool ByGate => arrays.RecurrentDropout > 0;

    // With both dropouts each gate sees the input through a mask of its own.
    private int InputGroups => ByGate && arrays.Dropout > 0 ? cell.KernelGates : 1;

    // Masks are drawn once for a batch and used at every step (Gal and Ghahramani 2016); each row's draws depend on its number alone.
    private void DrawDropoutMasks()
    {
        if (arrays.Dropout > 0)
        {
            inputMasks.Resize(arrays.Batch * InputGroups * arrays.Features);
            FillMask(inputMasks.Span, arrays.Random.Derive(1), arrays.Dropout);
        }

        if (arrays.RecurrentDropout > 0)
        {
            recurrentMasks.Resize(arrays.Batch * cell.KernelGates * hiddenWidth);
            FillMask(recurrentMasks.Span, arrays.Random.Derive(2), arrays.RecurrentDropout);
        }
    }

    private static void FillMask(Span<float> mask, RandomKey key, float rate)
    {
        key.FillUniform(mask);
        float kept = 1f / (1f - rate);
        for (int i = 0; i < mask.Length; i++) { mask[i] = mask[i] < rate ? 0f : kept; }
    }

    private float* InputMask(int group, int row) => inputMasks.Pointer + ((((nint)row * InputGroups) + group) * arrays.Features);
}
