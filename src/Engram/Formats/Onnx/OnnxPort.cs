namespace Engram.Formats.Onnx;

/// <summary>An input or output of an ONNX file.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Shape">Its shape in the file; axes whose length varies are unknown.</param>
/// <param name="BatchAxis">Which of its axes is the batch. The model has the batch first, then the other axes in their order.</param>
public sealed record OnnxPort(string Name, Shape Shape, int BatchAxis);
