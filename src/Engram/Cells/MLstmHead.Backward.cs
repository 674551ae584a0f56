using Engram.Kernels;

namespace Engram.Cells;

/// <content>The way back.</content>
internal static unsafe partial class MLstmHead
{
    /// <summary>
    /// From dh and the gradients of the states after the last step, those of q, k, v, of the gates and of the initial states; D, S and w are
    /// computed again.
    /// <code>
    /// dw = dH Vᵀ     dV = wᵀ dH     dω_t = dh_t (q_t C₀)     dden_t = -(Σ_j dw_tj w_tj + dω_t ω_t) / den_t     ω_t = D_t0 / den_t
    /// ds_t = ±dden_t where |s_t| is the larger, else 0       dm_t = -exp(-m_t) dden_t where it is not
    /// dc_tj = dw_tj / den_t + ds_t                           dD_t0 = dω_t / den_t + ds_t q_t n₀
    /// dS = dc ∘ D    dQ = dS K / √d + (ω ∘ dH) C₀ᵀ + (D_t0 ds_t) n₀ᵀ     dK = dSᵀ Q / √d
    /// dC₀ = Qᵀ (ω ∘ dH)     dn₀ = Qᵀ (D_t0 ds_t)
    /// G = dc ∘ c, G_t0 = dD_t0 D_t0, and at the largest A_tj what m_t has: dF_t = Σ_j G_tj - Σ_r G_rt     dĩ_j = Σ_t G_tj     dm₀ = Σ_t G_t0
    /// df̂_t = (1 - σ(f̂_t)) Σ_{r ≥ t} dF_r
    /// </code>
    /// and, of the states after the last step, with e_j = D_Tj / √d:
    /// <code>
    /// dk_j += e_j (dC v_j + dn)     dv_j += e_j dCᵀ k_j     dD_Tj += k_jᵀ (dC v_j + dn) / √d     dD_T0 += dC · C₀ + dn · n₀
    /// dC₀ += D_T0 dC                dn₀ += D_T0 dn          dm_T += dm
    /// </code>
    /// </summary>
    public static void Backward(in MLstmArrays a)
    {
        int steps = a.Steps, d = a.Width;
        Workspace space = ComputeWeights(a);
        space.DW.Resize(steps, steps);
        space.Packed.PackTransposed(a.V, steps, d, a.Stride);
        Gemm.Multiply(steps, a.DH, a.HStride, space.Packed, space.DW.Pointer, steps, accumulate: false);
        ClearRows(a.DV, a);
        Gemm.AddTransposed(steps, d, steps, space.W.Pointer, steps, a.DH, a.HStride, a.DV, a.Stride);
        space.DInitialStabilizer = 0;
        float* read = a.InitialMemory is null ? null : ReadInitialMemory(a, space);
        for (int t = 0; t < steps; t++) { BackwardRow(a, space, t, read is null ? null : read + (t * d)); }

        space.Packed.Pack(a.K, steps, d, a.Stride);
        Gemm.Multiply(steps, space.DW.Pointer, steps, space.Packed, a.DQ, a.Stride, accumulate: false);
        ClearRows(a.DK, a);
        Gemm.AddTransposed(steps, d, steps, space.DW.Pointer, steps, a.Q, a.Stride, a.DK, a.Stride);
        if (a.InitialMemory is not null) { BackwardInitial(a, space); }
        if (a.DFinalMemory is not null) { BackwardFinal(a, space); }
        if (a.DInitialStabilizer is not null) { *a.DInitialStabilizer = (float)space.DInitialStabilizer; }
        double dF = 0;
        for (int t = steps - 1; t >= 0; t--)
        {
            dF += space.DF[t];
            double forget = a.Forget[t * a.Stride];
            a.DForget[t * a.Stride] = a.IsData(t) ? (float)(dF / (1 + Math.Exp(forget))) : 0;
            a.DInput[t * a.Stride] = a.IsData(t) ? (float)space.DInput[t] : 0;
        }
    }

    private static void BackwardRow(in MLstmArrays a, Workspace space, int t, float* read)
    {
        int steps = a.Steps;
        Span<float> dw = space.DW.Span.Slice(t * steps, steps), w = space.W.Span.Slice(t * steps, steps), decay = space.D.Span.Slice(t * steps, steps);
        double denominator = space.Denominator[t], kept = space.Kept[t], dShare = 0;
        for (int i = 0; read is not null && i < a.Width; i++) { dShare += (double)a.DH[(t * a.HStride) + i] * read[i]; }
        double product = dShare * kept / denominator;
        for (int j = 0; j <= t; j++) { product += (double)dw[j] * w[j]; }
        double dDenominator = -product / denominator;
        double shared = space.Sign[t] * dDenominator;
        float scale = (float)(1 / Math.Sqrt(a.Width));
        double dm = space.Sign[t] == 0 ? -dDenominator * space.Floor[t] : 0;
        space.DReadNormalizer[t] = shared * kept;
        double dKept = ((dShare / denominator) + (shared * space.ReadNormalizer[t])) * kept, total = dKept;
        for (int j = 0; j <= t; j++)
        {
            double dc = (dw[j] / denominator) + shared;
            double g = dc * w[j] * denominator;
            total += g;
            space.DF[j] -= g;
            space.DInput[j] += g;
            dw[j] = (float)(dc * decay[j] * scale);
        }

        dw[(t + 1)..].Clear();
        space.DF[t] += total;
        space.DInitialStabilizer += dKept;
        AddToLargest(space, t, dm - total);
    }

    // The gradient of m_t goes where the largest exponent came from.
    private static void AddToLargest(Workspace space, int t, double dm)
    {
        space.DF[t] += dm;
        int at = space.Largest[t];
        if (at == Initial)
        {
            space.DInitialStabilizer += dm;
            return;
        }

        space.DF[at] -= dm;
        space.DInput[at] += dm;
    }

    private static void BackwardInitial(in MLstmArrays a, Workspace space)
    {
        int steps = a.Steps, d = a.Width;
        space.DRead.Resize(steps, d);
        float* dRead = space.DRead.Pointer;
        if (a.DInitialNormalizer is not null) { new Span<float>(a.DInitialNormalizer, d).Clear(); }
        for (int t = 0; t < steps; t++)
        {
            float share = (float)(space.Kept[t] / space.Denominator[t]), dNormalizer = (float)space.DReadNormalizer[t];
            float* q = a.Q + (t * a.Stride), dq = a.DQ + (t * a.Stride);
            for (int i = 0; i < d; i++)
            {
                dRead[(t * d) + i] = share * a.DH[(t * a.HStride) + i];
                dq[i] += dNormalizer * a.InitialNormalizer[i];
                if (a.DInitialNormalizer is not null) { a.DInitialNormalizer[i] += dNormalizer * q[i]; }
            }
        }

        space.Packed.PackTransposed(a.InitialMemory, d, d, d);
        Gemm.Multiply(steps, dRead, d, space.Packed, a.DQ, a.Stride, accumulate: true);
        if (a.DInitialMemory is null) { return; }
        new Span<float>(a.DInitialMemory, d * d).Clear();
        Gemm.AddTransposed(d, d, steps, a.Q, a.Stride, dRead, d, a.DInitialMemory, d);
    }

    private static void BackwardFinal(in MLstmArrays a, Workspace space)
    {
        int steps = a.Steps, d = a.Width, last = steps - 1;
        double scale = 1 / Math.Sqrt(d), total = 0;

        // dCᵀ k_j for all steps at once goes to the values; dC v_j + dn to the keys.
        float* written = WrittenKeys(a, space);
        space.Packed.Pack(a.DFinalMemory, d, d, d);
        Gemm.Multiply(steps, written, d, space.Packed, a.DV, a.Stride, accumulate: true);
        space.DRead.Resize(steps, d);
        float* dKeys = space.DRead.Pointer;
        space.Packed.PackTransposed(a.DFinalMemory, d, d, d);
        Gemm.Multiply(steps, a.V, a.Stride, space.Packed, dKeys, d, accumulate: false);
        ReadOnlySpan<float> decay = space.D.Span.Slice(last * steps, steps);
        for (int t = 0; t < steps; t++)
        {
            double dDecay = 0, share = decay[t] * scale;
            for (int i = 0; i < d; i++)
            {
                double dKey = (double)dKeys[(t * d) + i] + a.DFinalNormalizer[i];
                dDecay += dKey * a.K[(t * a.Stride) + i];
                a.DK[(t * a.Stride) + i] += (float)(share * dKey);
            }

            double g = dDecay * share;
            total += g;
            space.DF[t] -= g;
            space.DInput[t] += g;
        }

        double kept = space.Kept[last], dKept = 0;
        for (int i = 0; a.InitialMemory is not null && i < d * d; i++)
        {
            dKept += (double)a.DFinalMemory[i] * a.InitialMemory[i];
            if (a.DInitialMemory is not null) { a.DInitialMemory[i] += (float)(kept * a.DFinalMemory[i]); }
        }

        for (int i = 0; a.InitialNormalizer is not null && i < d; i++)
        {
            dKept += (double)a.DFinalNormalizer[i] * a.InitialNormalizer[i];
            if (a.DInitialNormalizer is not null) { a.DInitialNormalizer[i] += (float)(kept * a.DFinalNormalizer[i]); }
        }

        total += dKept * kept;
        space.DInitialStabilizer += dKept * kept;
        space.DF[last] += total;
        AddToLargest(space, last, *a.DFinalStabilizer - total);
    }

    private static void ClearRows(float* target, in MLstmArrays a)
    {
        for (int t = 0; t < a.Steps; t++) { new Span<float>(target + (t * a.Stride), a.Width).Clear(); }
    }
}
