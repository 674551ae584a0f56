using System.Runtime.InteropServices;
using System.Text;
using Engram.Cli;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
using var cancellation = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return EngramTool.Run(args, Console.Out, Console.Error, !Console.IsOutputRedirected, !Console.IsErrorRedirected, cancellation.Token);

// The command ends by itself at the next safe place, so that no file is left half written.
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    cancellation.Cancel();
}
