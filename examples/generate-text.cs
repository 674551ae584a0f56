#:project ../src/Engram/Engram.csproj

// How do I train a model that writes like a text, and write with it? The text is a counting rhyme, so that anyone sees what was
// understood after some seconds (the words, the lines, the verses) and what was not yet (how to count down).
using Engram.Generation;

string[] numbers = ["No", "One", "Two", "Three", "Four", "Five"];
string rhyme = string.Concat(Enumerable.Range(0, 60).Select(i => 5 - (i % 5)).Select(n =>
    $"{numbers[n]} little {(n == 1 ? "duck" : "ducks")} went out one day,\nOver the hill and far away.\n{numbers[n - 1]} little {(n == 2 ? "duck" : "ducks")} came back.\n\n"));

TextGenerator generator = TextGenerator.Train(
    rhyme,
    new TextNetworkOptions { Units = 48, Layers = 1, EmbeddingSize = 16, Dropout = 0, Seed = 1 },
    new TextFitOptions { Steps = 300, Streams = 8, TimeSteps = 48, LearningRate = 0.01, Evaluations = 5 });
TextTraining training = generator.Training;
Console.WriteLine($"held out: {training.NatsPerCharacter:F3} nats a character, {training.BitsPerCharacter:F3} bits, after {training.StepsMade} steps");

// A session stays in state: what was read and written is remembered from call to call.
using TextSession session = generator.OpenSession(new SamplingOptions { Temperature = 0.3, Seed = 7, StopStrings = ["\n\n"] });
session.Read("Four little ducks went out one day,\n");
foreach (string piece in session.Write()) { Console.Write(piece); } // as it comes
Console.WriteLine();
session.Read("\n\n");
Console.WriteLine($"and then: {session.WriteAll().Split('\n')[0]}");

generator.Save("ducks.keras");
Console.WriteLine($"the same again from the file: {TextGenerator.Load("ducks.keras").Generate("Two ", new SamplingOptions { Temperature = 0, MaximumTokens = 12 })}");
