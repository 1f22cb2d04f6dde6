using System.CommandLine;
using EventSourced.ServiceDefaults.Hosting;
using EventSourced.Workers.Commands.Demo;
using Spectre.Console;

namespace EventSourced.Workers.Commands;

/// <summary>What the workers' program can be asked to do; without a command it serves.</summary>
public static class WorkersCommands
{
    public static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        var root = new RootCommand("Runs projections, effects, the build node and the sign node (setting Roles), until it is stopped.")
        {
            VerifyCommand.Create(),
            RebuildCommand.Create(),
            ResumeCommand.Create(),
            RollbackCommand.Create(),
            DoctorCommand.Create(),
            PlatformsCommand.Create(),
            DemoCommand.Create(),
        };
        root.SetAction((_, ending) => ServeCommand.RunAsync(ending));

        // Lines of a table are not broken where nobody looks at a terminal.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 200;

        // Exceptions and signals are the host's business.
        var settings = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        var asked = root.Parse(args);
        var exitCode = await asked.InvokeAsync(settings, cancellation);
        return asked.Errors is [] ? exitCode : HostStart.WrongUsage;
    }
}
