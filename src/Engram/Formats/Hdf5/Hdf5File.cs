namespace Engram.Formats.Hdf5;

/// <summary>Reads and writes HDF5 files; which part of the format is in the README beside this file.</summary>
internal static class Hdf5File
{
    /// <summary>Reads a file's groups, attributes and the places of its arrays; the arrays are read when they are asked for.</summary>
    /// <param name="bytes">The file; it must stay open as long as arrays are read.</param>
    /// <param name="limits">How much the file may ask for.</param>
    /// <returns>The root group.</returns>
    /// <exception cref="EngramException">The file is damaged or uses what is not read; the message names the place.</exception>
    public static Hdf5Group Read(FileBytes bytes, ReadLimits limits) => Hdf5Reader.Read(bytes, limits, checksums: true);

    /// <summary>Writes a file of the structure that h5py writes by default. Arrays are asked for one after another.</summary>
    /// <param name="root">The root group, with everything in it.</param>
    /// <param name="stream">Where to; it is written from front to back and needs no seeking.</param>
    /// <exception cref="EngramException">An attribute is larger than the format allows.</exception>
    public static void Write(Hdf5Group root, Stream stream) => Hdf5Writer.Write(root, stream);
}
