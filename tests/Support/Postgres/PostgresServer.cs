using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;

namespace EventSourced.Support;

/// <summary>
/// A private PostgreSQL cluster in a temporary folder, on a free loopback port and a socket. It ends with this process, however the process ends.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly string root;
    private readonly string password;
    private readonly PostgresServerOptions options;
    private ServerProcess? process;

    private PostgresServer(string root, string password, PostgresServerOptions options) => (this.root, this.password, this.options) = (root, password, options);

    /// <summary>The loopback port; the same one after <see cref="StartAgainAsync"/>.</summary>
    public int Port { get; private set; }

    /// <summary>The folder of the unix socket.</summary>
    public string SocketFolder => root;

    /// <summary>The process id of the postmaster.</summary>
    public int ProcessId => process?.PostmasterId ?? throw new InvalidOperationException("The server is not running.");

    /// <summary>Connects as superuser to database <c>postgres</c>.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1", Port = Port, Username = "app", Password = password, Database = "postgres", MaxPoolSize = 60, IncludeErrorDetail = true,
    }.ConnectionString;

    /// <summary>Makes a new cluster and starts it; completes when it accepts connections.</summary>
    public static async Task<PostgresServer> StartAsync(PostgresServerOptions? options = null, CancellationToken token = default)
    {
        var server = new PostgresServer(
            Path.Combine(Path.GetTempPath(), $"es-pg-{RandomNumberGenerator.GetHexString(8, true)}"),
            RandomNumberGenerator.GetHexString(32, true),
            options ?? new PostgresServerOptions());

        try
        {
            await server.InitializeAsync(token);
            await server.StartOnFreePortAsync(token);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Fast shutdown: transactions are rolled back, a checkpoint is written.</summary>
    public async Task StopAsync(CancellationToken token = default)
    {
        if (process is { } running)
            await running.StopAsync(token);

        process = null;
    }

    /// <summary>kill -9 of the postmaster and all its children.</summary>
    public async Task KillAsync(CancellationToken token = default)
    {
        if (process is { } running)
            await running.KillAsync(token);

        process = null;
    }

    /// <summary>Starts the stopped or killed cluster again on its old port; completes when it accepts connections.</summary>
    public async Task StartAgainAsync(CancellationToken token = default) =>
        process = await ServerProcess.StartAsync(root, Port, options, token);

    /// <summary>Stops the server and removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (process is { } running)
            await running.RemoveAsync(CancellationToken.None);

        process = null;
        if (Directory.Exists(root))
            Directory.Delete(root, recursive: true);
    }

    private async Task InitializeAsync(CancellationToken token)
    {
        // The password travels by standard input: an argument would be seen in the process list, and a file of root's cannot be read by postgres.
        await RunAsync(PostgresBinaries.StartInfo("/bin/sh", "-c", "umask 077 && mkdir \"$1\" && cat > \"$1/password\"", "sh", root), password, token);
        await RunAsync(PostgresBinaries.StartInfo(PostgresBinaries.Path("initdb"),
            "-D", $"{root}/data", "-U", "app", "--auth-local=trust", "--auth-host=scram-sha-256", $"--pwfile={root}/password",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"), "", token);
    }

    private async Task StartOnFreePortAsync(CancellationToken token)
    {
        for (var attempt = 1; ; attempt++)
        {
            Port = FreePort.Next();
            try
            {
                await StartAgainAsync(token);
                return;
            }
            catch (InvalidOperationException) when (attempt < 5)
            {
                // Another process took the port between the look and the start.
            }
        }
    }

    private static async Task RunAsync(ProcessStartInfo start, string input, CancellationToken token)
    {
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(token);
        var errors = process.StandardError.ReadToEndAsync(token);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(token);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{string.Join(' ', start.ArgumentList)} failed: {await output}{await errors}");
    }
}
