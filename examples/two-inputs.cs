#:project ../src/Engram/Engram.csproj

// How do I build a model that is not a chain? One that reads a sequence and a few numbers beside it (two inputs), answers two questions (two
// outputs, a loss and a weight for each), and adds its input to what was learnt (a skip connection)? Draws it to model.svg, too.
// Here: a machine's vibration over 30 steps, and its age and load. Will it fail, and what is its temperature?
using Engram.Layers;
using Engram.Models;
using Engram.Training;

var random = new Random(1);
(float[,,] vibration, float[,] facts, float[] fails, float[] temperature) = Machines(600);

var waves = new Input(timeSteps: 30, features: 4) { Name = "vibration" };
var about = new Input([2]) { Name = "facts" };
SymbolicTensor read = new Gru(4) { ReturnSequences = true }.Apply(waves);
SymbolicTensor skipped = new Add().Apply(read, waves);                  // the skip connection: both are (batch, 30, 4)
SymbolicTensor both = new Concatenate().Apply(new Lstm(16).Apply(skipped), about);
SymbolicTensor failure = new Dense(1) { Name = "failure", Activation = Activations.Sigmoid }.Apply(both);
SymbolicTensor heat = new Dense(1) { Name = "temperature" }.Apply(both);
var model = new Model(inputs: [waves, about], outputs: [failure, heat]) { Seed = 1 };

model.Compile(new Adam(0.01),
    new OutputLoss("failure", Loss.BinaryCrossentropy()) { Metrics = [Metrics.BinaryAccuracy()] },
    new OutputLoss("temperature", Loss.MeanSquaredError) { Weight = 0.5 });
History history = model.Fit([vibration, facts], [fails, temperature], new FitOptions { Epochs = 60, ValidationSplit = 0.2 });

Console.Write(model.Summary(100));
File.WriteAllText("model.svg", model.Plot());
Console.WriteLine($"failures told right: {history["val_failure_binary_accuracy"][^1]:P0}, squared error of the temperature: {history["val_temperature_loss"][^1]:0.000}");
Console.WriteLine($"the first machine fails with probability {model.PredictAll([vibration, facts])[0][0, 0]:0.00}; it {(fails[0] == 1 ? "does" : "does not")}");

(float[,,] Vibration, float[,] Facts, float[] Fails, float[] Temperature) Machines(int count)
{
    var (x, known, y, z) = (new float[count, 30, 4], new float[count, 2], new float[count], new float[count]);
    for (int i = 0; i < count; i++)
    {
        (known[i, 0], known[i, 1]) = (random.NextSingle(), random.NextSingle()); // age, load
        double swing = random.NextDouble();
        for (int t = 0; t < 30; t++)
        {
            for (int axis = 0; axis < 4; axis++) { x[i, t, axis] = (float)((swing * Math.Sin((0.5 * t) + axis)) + (0.1 * random.NextDouble())); }
        }

        y[i] = swing + known[i, 0] > 1 ? 1 : 0; // an old machine bears less
        z[i] = known[i, 1] + (float)(0.5 * swing);
    }

    return (x, known, y, z);
}
