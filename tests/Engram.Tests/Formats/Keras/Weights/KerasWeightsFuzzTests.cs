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
    [Theory]
    [InlineData("stateful.weights.h5")]
    [InlineData("stateful.h5")]
    [InlineData("nested.weights.h5")]
    [InlineData("nested.h5")]
    public void Damaged_weights_are_read_whole_or_not_at_all(string file)
    {
        byte[][] seeds = [File.ReadAllBytes(KerasFiles.Find(file)), File.ReadAllBytes(KerasFiles.Find("seed0.weights.h5"))];
        Network model = KerasModels.Create(file.Split('.')[0]);
        KerasWeights.Read(KerasFiles.Open(file), model, file);
        float[][] before = [.. Values(model).Select(value => value.Span.ToArray())];
        Fuzz.Run(5_000, random => Mutator.Mutate(random, seeds[..(random.Next(20) == 0 ? 2 : 1)], Names), bytes =>
        {
            try { KerasWeights.Read(Hdf5File.Read(FileBytes.Of(bytes, file), ReadLimits.Default), model, file); }
            catch (EngramException)
            {
                Assert.True(Values(model).Zip(before).All(pair => MemoryMarshal.AsBytes(pair.First.Span).SequenceEqual(MemoryMarshal.AsBytes(pair.Second.AsSpan()))), "a weight has changed");
                throw;
            }

            foreach ((TensorBuffer value, float[] copy) in Values(model).Zip(before)) { value.Span.CopyTo(copy); }
        }, output.WriteLine);
    }

    private static IEnumerable<TensorBuffer> Values(Network model) => model.Weights.Select(weight => weight.Value).Concat(model.Optimizer!.State.Select(array => array.Value));

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
