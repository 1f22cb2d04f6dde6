using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventSourced.ServiceDefaults.Hosting;

/// <summary>How a host's process begins and ends.</summary>
public static class HostStart
{
    /// <summary>Exit code of a command line that is none.</summary>
    public const int WrongUsage = 2;

    /// <summary>Exit code of a start that wrong configuration stopped (EX_CONFIG of sysexits).</summary>
    public const int WrongConfiguration = 78;

    /// <summary>Exit code of a start that the surroundings stopped: an address in use, a database out of reach.</summary>
    public const int Unavailable = 69;

    /// <summary>Exit codes of a start or a command that was ended before it was done, as shells give them.</summary>
    private const int Interrupted = 128 + 2, Terminated = 128 + 15;

    /// <summary>Settings come from beside the program, wherever it is started from.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] args) =>
        WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });

    /// <summary>
    /// Runs a host's main. What its operator can put right is one line on the error output and an exit code, anything else a crash with its trace. The interrupt key
    /// and SIGTERM cancel it from its first moment on, so that what it started is stopped again; asked a second time, it ends at once.
    /// </summary>
    public static async Task<int> RunAsync(Func<CancellationToken, Task<int>> main)
    {
        using var ending = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        var asked = 0;
        try
        {
            return await main(ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return asked;
        }
        catch (Exception e) when (Explain(e) is { } line)
        {
            await Console.Error.WriteLineAsync(line.Text.ReplaceLineEndings(" "));
            return line.ExitCode;
        }

        void End(PosixSignalContext signal)
        {
            if (ending.IsCancellationRequested)
                return;

            (signal.Cancel, asked) = (true, signal.Signal is PosixSignal.SIGINT ? Interrupted : Terminated);
            ending.Cancel();
        }
    }

    /// <summary>Checks every option before anything starts, then runs until the host is asked to stop.</summary>
    public static async Task<int> RunUntilStoppedAsync(this WebApplication app, CancellationToken cancellation)
    {
        // The host would do this too, but writes the exception with its trace into the log first.
        app.Services.GetService<IStartupValidator>()?.Validate();
        await ((IHost)app).RunAsync(cancellation);
        return 0;
    }

    private static (string Text, int ExitCode)? Explain(Exception exception) => exception switch
    {
        ConfigurationException e => ($"Configuration: {e.Message}", WrongConfiguration),
        OptionsValidationException e => ($"Configuration: {string.Join(" ", e.Failures)}", WrongConfiguration),
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } e => ($"Configuration: {e.Message} {e.InnerException?.Message}", WrongConfiguration),
        InvalidDataException { Source: "Microsoft.Extensions.Configuration.FileExtensions" } e => ($"Configuration: {e.Message} {e.InnerException?.Message}", WrongConfiguration),
        InvalidOperationException { Source: "Microsoft.AspNetCore.Server.Kestrel.Core" } e => ($"Configuration: {e.Message}", WrongConfiguration),
        UnauthorizedAccessException e => ($"Configuration: {e.Message}", WrongConfiguration),
        AggregateException { InnerExceptions: [var single] } => Explain(single),
        IOException { InnerException: AddressInUseException } e => ($"Cannot listen: {e.Message}", Unavailable),
        SocketException e => ($"Cannot listen: {e.Message}", Unavailable),
        NpgsqlException { InnerException: { } cause } e => ($"PostgreSQL: {e.Message} ({cause.Message})", Unavailable),
        PostgresException { SqlState: var state } e when IsOutOfReach(state) => ($"PostgreSQL: {e.MessageText}", Unavailable),
        _ => null,
    };

    /// <summary>Nobody gets in, the database is not there, or the server is full, stopping, starting or was just killed; not what was asked of it.</summary>
    private static bool IsOutOfReach(string sqlState) => sqlState is ['2', '8', ..] or ['3', 'D', ..] or ['0', '8', ..] or ['5', '3', ..] or ['5', '7', 'P', ..];
}
