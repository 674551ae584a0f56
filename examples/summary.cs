#:project ../src/Engram/Engram.csproj

// A model for sequences of ten steps of one feature, and the table that Keras prints for it.
using Engram.Layers;
using Engram.Models;
using Engram.Training;

var model = new Sequential(new Input(timeSteps: 10, features: 1), new Lstm(50), new Dense(1));
model.Compile(new Adam(), Loss.MeanSquaredError);
Console.Write(model.Summary());
