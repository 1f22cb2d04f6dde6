using System.CommandLine;
using EventSourced.Domain;
using EventSourced.Domain.Packages.Repositories;
using Spectre.Console;

namespace EventSourced.Workers.Commands;

/// <summary>Takes a repository back to an earlier version; the running workers publish it.</summary>
public static class RollbackCommand
{
    private const int Refused = 1;

    public static Command Create()
    {
        var repository = new Argument<int>("repository") { Description = "Its number." };
        var version = new Argument<int>("version") { Description = "One that clients have seen; GET /api/repositories/NUMBER/versions lists them." };
        var command = new Command("rollback", "Takes a repository back to an earlier version; clients follow at their next update.") { repository, version };
        command.SetAction((parsed, cancellation) => RunAsync(AnsiConsole.Console, new(new(parsed.GetRequiredValue(repository)), parsed.GetRequiredValue(version)), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(IAnsiConsole console, RollBackRepository rollback, CancellationToken cancellation)
    {
        await using var host = await CommandHost.CreateAsync(cancellation);
        await using var scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<MessageContext>().UserName = "system";
        try
        {
            await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync(rollback, cancellation);
        }
        catch (RuleViolationException e)
        {
            console.WriteLine(e.Message);
            return Refused;
        }

        console.WriteLine($"Repository {rollback.RepositoryId.Value} goes back to version {rollback.Version}; the workers publish it.");
        return 0;
    }
}
