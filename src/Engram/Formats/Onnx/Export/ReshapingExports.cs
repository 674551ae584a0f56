using Engram.Layers;
using static Engram.Formats.Onnx.Export.OnnxGraphWriter;

namespace Engram.Formats.Onnx.Export;

/// <summary>Layers that move, repeat or leave out elements, as nodes.</summary>
internal static class ReshapingExports
{
    public static string? Write(OnnxGraphWriter g, Layer layer, ExportValue x) => layer switch
    {
        Flatten => g.Node("Reshape", [x.Name, g.Integers(0, -1)]),
        Reshape reshape => g.Node("Reshape", [x.Name, g.Integers([0, .. reshape.TargetShape.Select(length => (long)length)])]),
        Permute permute => g.Node("Transpose", [x.Name], Attribute("perm", [0, .. permute.Axes])),
        RepeatVector repeat => g.Node("Expand", [g.Node("Unsqueeze", [x.Name, g.Integers(1)]), g.Integers(1, repeat.Count, 1)]),
        Cropping1D crop => Crop(g, x.Name, [1], [crop.Start], [crop.End]),
        Cropping2D crop => Crop(g, x.Name, [1, 2], [crop.Top, crop.Left], [crop.Bottom, crop.Right]),
        ZeroPadding1D pad => g.Node("Pad", [x.Name, g.Integers(0, pad.Start, 0, 0, pad.End, 0)]),
        ZeroPadding2D pad => g.Node("Pad", [x.Name, g.Integers(0, pad.Top, pad.Left, 0, 0, pad.Bottom, pad.Right, 0)]),
        UpSampling1D up => g.Node("Reshape", [
            g.Node("Expand", [g.Node("Unsqueeze", [x.Name, g.Integers(2)]), g.Integers(1, 1, up.Size, 1)]), g.Integers(0, -1, x.Shape.Last)]),
        UpSampling2D { Interpolation: Interpolation.Nearest } up => g.Node(
            "Resize", [x.Name, "", g.Array("scales", [4], () => [1, up.Rows, up.Columns, 1])],
            Attribute("mode", "nearest"), Attribute("coordinate_transformation_mode", "asymmetric"), Attribute("nearest_mode", "floor")),
        _ => null,
    };

    private static string Crop(OnnxGraphWriter g, string x, long[] axes, long[] starts, long[] ends) => g.Node("Slice", [
        x, g.Integers(starts), g.Integers([.. ends.Select(end => end == 0 ? long.MaxValue : -end)]), g.Integers(axes)]);
}
