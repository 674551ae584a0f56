using System.Runtime.InteropServices;
using Engram.Formats;
using Engram.Formats.Hdf5;
using Engram.Formats.Keras.Weights;
using Engram.Models;
using Engram.Tests.Fuzzing;
using Xunit.Abstractions;

namespace Engram.Tests.Formats.Keras.Weights;

/// <summary>Damaged weights: read whole, or refused with nothing changed.</summary>
public sealed class KerasWeightsFuzzTests(ITestOutputHelper output)
{
    private const int Files = 50_000; // of each of four

    [Theory]
    [InlineData("stateful.weights.h5")]
    [InlineData("stateful.h5")]
    [InlineData("nested.weights.h5")]
    [InlineData("nested.h5")]
    public void Damaged_weights_are_read_whole_or_not_at_all(string file)
    {
        byte[][] seeds = [File.ReadAllBytes(KerasFiles.Find(file)), File.ReadAllBytes(KerasFiles.Find("seed0.weights.h5"))];
        byte[][] one = seeds[..1];
        Fuzz.Run(Files, random => Mutator.Mutate(random, random.Next(20) == 0 ? seeds : one, Names), () => Reader(file), output.WriteLine);
    }

    private static Action<byte[]> Reader(string file)
    {
        Network model = KerasModels.Create(file.Split('.')[0]);
        KerasWeights.Read(KerasFiles.Open(file), model, file);
        TensorBuffer[] values = [.. model.Weights.Select(weight => weight.Value), .. model.Optimizer!.State.Select(array => array.Value)];
        float[][] before = [.. values.Select(value => value.Span.ToArray())];
        return bytes =>
        {
            try { KerasWeights.Read(Hdf5File.Read(FileBytes.Of(bytes, file), ReadLimits.Default), model, file); }
            catch (EngramException)
            {
                for (int i = 0; i < values.Length; i++) { Assert.True(MemoryMarshal.AsBytes(values[i].Span).SequenceEqual(MemoryMarshal.AsBytes<float>(before[i])), "a weight has changed"); }
                throw;
            }

            for (int i = 0; i < values.Length; i++) { values[i].Span.CopyTo(before[i]); }
        };
    }

    // Where names stand, and the numbers around them: letters and digits that follow a zero byte.
    private static List<int> Names(byte[] bytes)
    {
        var places = new List<int>();
        for (int i = 1; i < bytes.Length; i++)
        {
            if (bytes[i - 1] == 0 && char.IsAsciiLetterOrDigit((char)bytes[i])) { places.AddRange([i, Math.Max(0, i - 8), Math.Max(0, i - 16)]); }
        }

        return places;
    }
}
