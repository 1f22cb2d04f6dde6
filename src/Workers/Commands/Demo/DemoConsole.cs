using Spectre.Console;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>What the person at the terminal sees; the same lines, without colour, in a file.</summary>
internal sealed class DemoConsole
{
    private const int FileWidth = 4000;

    private readonly IAnsiConsole console = Console.IsOutputRedirected ? Plain() : AnsiConsole.Console;
    private readonly Lock _writing = new();

    public void Step(string text) => Line($"[bold]{Markup.Escape(text)}[/]");

    public void Done(string text) => Line($"  [green]✓[/] {Markup.Escape(text)}");

    public void Status(string text) => Line($"  [yellow]•[/] {Markup.Escape(text)}");

    public void Log(string text) => Line($"    [grey]{Markup.Escape(text)}[/]");

    public void Fail(string text) => Line($"[red]✗ {Markup.Escape(text)}[/]");

    public void Write(Table table)
    {
        lock (_writing)
            console.Write(table);
    }

    private void Line(string markup)
    {
        lock (_writing)
            console.MarkupLine(markup);
    }

    /// <summary>For files: no colours, and no line is broken.</summary>
    private static IAnsiConsole Plain()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = FileWidth;
        return console;
    }
}
