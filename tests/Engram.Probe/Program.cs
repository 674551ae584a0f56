using System.Globalization;
using Engram.Probe;

// Prints one line for each probe: its name and what must not depend on the tier or the number of threads.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
foreach (string line in KernelProbe.Lines()) { Console.WriteLine(line); }
foreach (string line in TrainingProbe.Lines()) { Console.WriteLine(line); }
foreach (string line in QuantizedProbe.Lines()) { Console.WriteLine(line); }
return 0;
