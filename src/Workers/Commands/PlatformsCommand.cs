using System.CommandLine;
using EventSourced.Domain;
using EventSourced.Workers.Packages.Platforms;
using Spectre.Console;

namespace EventSourced.Workers.Commands;

/// <summary>Brings platforms and their repositories to what a file says (albs 18), without synchronising them.</summary>
public static class PlatformsCommand
{
    private const int Refused = 1;

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "A YAML list of platforms with their repositories." };
        var onlyUpdate = new Option<bool>("--only-update") { Description = "Leaves out platforms that are not there yet." };
        var command = new Command("platforms", "Makes or changes platforms and their repositories as a YAML file says. A second time nothing changes.") { file, onlyUpdate };
        command.SetAction((parsed, cancellation) => RunAsync(
            AnsiConsole.Console, parsed.GetRequiredValue(file), parsed.GetValue(onlyUpdate) ? PlatformScope.OnlyKnown : PlatformScope.All, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(IAnsiConsole console, string path, PlatformScope scope, CancellationToken cancellation)
    {
        var platforms = await PlatformFile.ReadAsync(path, cancellation);
        await using var host = await CommandHost.CreateAsync(cancellation);
        try
        {
            await foreach (var line in new PlatformSetup(host.Services.GetRequiredService<IServiceScopeFactory>()).ApplyAsync(platforms, scope, cancellation))
                console.WriteLine(line);
        }
        catch (RuleViolationException e)
        {
            console.WriteLine(e.Message);
            return Refused;
        }

        return 0;
    }
}
