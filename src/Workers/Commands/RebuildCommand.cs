using System.CommandLine;
using System.Diagnostics;
using Spectre.Console;

namespace EventSourced.Workers.Commands;

/// <summary>Builds a read model again from the event log, beside the live one; readers never see an empty page.</summary>
public static class RebuildCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "The projection, as verify lists it." };
        var command = new Command("rebuild", "Builds a read model again from the event log and swaps it in while everything runs.") { name };
        command.SetAction((parsed, cancellation) => UnknownName.ExplainAsync(() => RunAsync(AnsiConsole.Console, parsed.GetRequiredValue(name), cancellation)));
        return command;
    }

    private static async Task<int> RunAsync(IAnsiConsole console, string name, CancellationToken cancellation)
    {
        await using var host = await CommandHost.CreateAsync(cancellation);
        await using var daemon = host.Services.GetRequiredService<IDocumentStore>().BuildProjectionDaemon();
        var started = Stopwatch.GetTimestamp();
        await daemon.RebuildProjectionAsync(name, cancellation);
        console.WriteLine($"{name} was built again in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s.");
        return 0;
    }
}
