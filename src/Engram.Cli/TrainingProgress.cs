using Spectre.Console;

namespace Engram.Cli;

/// <summary>A progress bar on the error output for those who watch; silent otherwise.</summary>
internal static class TrainingProgress
{
    /// <summary>Does work that reports how far it is, from 0 to 1, with a few words.</summary>
    public static T Run<T>(ToolConsole console, bool quiet, string title, Func<Action<double, string>, T> work)
    {
        if (quiet || !console.ErrorIsTerminal) { return work((_, _) => { }); }
        IAnsiConsole terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(console.Error) });
        return terminal.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: 1);
                return work((done, words) =>
                {
                    task.Value = done;
                    task.Description = Markup.Escape(words.Length > 0 ? $"{title}: {words}" : title);
                });
            });
    }
}
