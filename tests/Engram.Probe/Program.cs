using System.Globalization;
using Engram;
using Engram.Kernels;
using Engram.Probe;

// Engram.Probe [--processors N] [--together]   one line for each probe: its name and what must not depend on tier or threads
// Engram.Probe --threads                       the number of threads and of processors
// Engram.Probe --stream                        trains on more data than the process may have memory
// Engram.Probe --resume FOLDER [--stateful]    trains with checkpoints in the folder ("" for none), from the last one on
// --processors pretends that there are N; --together trains everything twice at the same time, in two threads.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Contains("--threads"))
{
    Console.WriteLine($"{EngramRuntime.Threads} {Environment.ProcessorCount}");
    return 0;
}

if (args.Contains("--stream"))
{
    Console.WriteLine(StreamProbe.Line());
    return 0;
}

int at = Array.IndexOf(args, "--resume");
if (at >= 0)
{
    ResumeProbe.Run(args[at + 1], args.Contains("--stateful"));
    return 0;
}

at = Array.IndexOf(args, "--processors");
if (at >= 0) { Workers.Processors = int.Parse(args[at + 1], CultureInfo.InvariantCulture); }
foreach (string line in KernelProbe.Lines()) { Console.WriteLine(line); }
foreach (string line in QuantizedProbe.Lines()) { Console.WriteLine(line); }
if (!args.Contains("--together"))
{
    foreach (string line in TrainingProbe.Lines()) { Console.WriteLine(line); }
    return 0;
}

string[] other = [];
var beside = new Thread(() => other = [.. TrainingProbe.Lines()]);
beside.Start();
string[] lines = [.. TrainingProbe.Lines()];
beside.Join();
foreach ((string line, string twin) in lines.Zip(other)) { Console.WriteLine(line == twin ? line : $"{line}, but beside it {twin}"); }
return 0;
