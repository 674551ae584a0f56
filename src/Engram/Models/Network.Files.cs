using Engram.Formats;
using Engram.Formats.Keras;
using Engram.Training;

namespace Engram.Models;

public abstract partial class Network
{
    /// <summary>
    /// What was found when the model or its weights were read that one should know, for example weights that are not finite; each a sentence that
    /// names the file and the place. Empty for a model that was not read, or read without any.
    /// </summary>
    public IReadOnlyList<string> FileWarnings { get; internal set; } = [];

    /// <summary>
    /// Writes the whole model: layers, weights and, where it is compiled, optimizer with its state, losses and metrics. A <c>.keras</c> file is what
    /// Keras 3 reads with <c>keras.models.load_model</c>; it holds the model's seed and random draws too, which Keras passes over. An <c>.h5</c>
    /// file has the older form, without these. Layers and options that Keras lacks are written under the module <c>engram</c>.
    /// </summary>
    /// <param name="path">The file; its folder must exist. It is replaced as a whole.</param>
    /// <exception cref="EngramException">
    /// The model is not built, something in it has no form in a file (the message names it), the extension is another, or the file cannot be written.
    /// </exception>
    public void Save(string path) => ModelFile.Save(this, path, null);

    /// <summary>As <see cref="Save(string)"/>, with entries of one's own beside the model, such as a vocabulary or a scaler; Keras passes over them.</summary>
    /// <param name="path">The <c>.keras</c> file; its folder must exist. It is replaced as a whole.</param>
    /// <param name="entries">The entries by name; they stand below <c>engram/</c> in the zip.</param>
    /// <exception cref="ArgumentException">A name points outside the file, or is <c>state.json</c>, which is the model's own.</exception>
    /// <exception cref="EngramException">As for <see cref="Save(string)"/>.</exception>
    public void Save(string path, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ModelFile.Save(this, path, entries);
    }

    /// <summary>
    /// Reads a whole model that <see cref="Save(string)"/>, Keras 3 or Keras 2 wrote, to a <c>.keras</c> or an <c>.h5</c> file. It is compiled as it
    /// was, and training goes on where it stopped. Nothing in the file is executed, no other file is opened, and sizes are checked
    /// before memory is taken.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What the file may name and ask for; null for the defaults.</param>
    /// <returns>A <see cref="Sequential"/> or a <see cref="Model"/>; what else one should know is in <see cref="FileWarnings"/>.</returns>
    /// <exception cref="EngramException">The file is damaged, or has what is not supported; the message names the place.</exception>
    public static Network Load(string path, LoadOptions? options = null) => ModelFile.Load(path, options ?? LoadOptions.Default).Model;

    /// <summary>As <see cref="Load(string, LoadOptions?)"/>, with the entries that stand beside the model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="entries">The entries by name, without <c>engram/</c>; none for an <c>.h5</c> file.</param>
    /// <param name="options">What the file may name and ask for; null for the defaults.</param>
    /// <exception cref="EngramException">The file is damaged, or has what is not supported; the message names the place.</exception>
    public static Network Load(string path, out IReadOnlyDictionary<string, ReadOnlyMemory<byte>> entries, LoadOptions? options = null)
    {
        (Network model, entries) = ModelFile.Load(path, options ?? LoadOptions.Default);
        return model;
    }

    /// <summary>
    /// Writes the weights alone, by the name's extension: <c>.safetensors</c> under the names of layers and weights (<c>lstm/lstm_cell/kernel</c>),
    /// <c>.weights.h5</c> as Keras 3 does, <c>.h5</c> as Keras 2 did. The HDF5 files have the optimizer's state too where the model is compiled.
    /// </summary>
    /// <param name="path">The file; its folder must exist. It is replaced as a whole.</param>
    /// <exception cref="EngramException">The model is not built, the extension is another, or the file cannot be written.</exception>
    public void SaveWeights(string path) => ModelFile.SaveWeights(this, path);

    /// <summary>Reads every weight from a file that <see cref="SaveWeights"/>, a <see cref="ModelCheckpoint"/> or Keras wrote, by the name's extension.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What the file may ask for; null for the defaults.</param>
    /// <exception cref="EngramException">The model is not built, or the file cannot be read or does not fit it; then no weight is changed.</exception>
    public void LoadWeights(string path, LoadOptions? options = null) => ModelFile.LoadWeights(this, path, options ?? LoadOptions.Default);

    /// <summary>Takes over the seed of a model that was saved.</summary>
    internal void Reseed(long value) => seed = value;
}
