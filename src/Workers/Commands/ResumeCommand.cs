using System.CommandLine;
using Spectre.Console;

namespace EventSourced.Workers.Commands;

/// <summary>Lets a parked document go on after its cause was mended.</summary>
public static class ResumeCommand
{
    private const int StillFailing = 1;

    public static Command Create()
    {
        var name = new Argument<string>("projection") { Description = "The projection, as verify lists it." };
        var document = new Argument<string>("document") { Description = "The parked document, as verify lists it." };
        var command = new Command("resume", "Folds a parked document again and lets it go on.") { name, document };
        command.SetAction((parsed, cancellation) => UnknownName.ExplainAsync(() => RunAsync(AnsiConsole.Console, parsed.GetRequiredValue(name), parsed.GetRequiredValue(document), cancellation)));
        return command;
    }

    private static async Task<int> RunAsync(IAnsiConsole console, string name, string document, CancellationToken cancellation)
    {
        await using var host = await CommandHost.CreateAsync(cancellation);
        try
        {
            await host.Services.GetRequiredService<IDocumentStore>().Advanced.ResumeParkedAsync(name, document, cancellation);
        }
        catch (StillFailingException e)
        {
            console.WriteLine(e.Message);
            return StillFailing;
        }

        console.WriteLine($"{document} of {name} goes on.");
        return 0;
    }
}
