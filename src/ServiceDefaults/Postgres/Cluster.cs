using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventSourced.ServiceDefaults.Postgres;

/// <summary>Creates, starts and stops the server of one data folder. The caller holds the decision lock.</summary>
/// <param name="silenceLimit">For a server to say at least that it is starting.</param>
internal sealed class Cluster(ClusterPaths paths, ServerAccount account, PostgresBinaries binaries, TimeSpan silenceLimit)
{
    /// <summary>Recovery after a crash replays at most what <c>max_wal_size</c> holds.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25), PauseAfterRefusal = TimeSpan.FromMilliseconds(100);

    // Everything that makes a commit durable stays at PostgreSQL's defaults, which are on.
    private const string Settings = """
        listen_addresses = '127.0.0.1'
        max_connections = 300
        shared_buffers = 256MB
        max_wal_size = 2GB
        checkpoint_timeout = 15min
        random_page_cost = 1.1
        jit = off
        logging_collector = on
        log_filename = 'postgresql-%a.log'
        log_truncate_on_rotation = on
        log_rotation_age = 1d
        log_rotation_size = 0
        """;

    public static async Task<Cluster> OpenAsync(ClusterPaths paths, TimeSpan silenceLimit, CancellationToken cancellation)
    {
        var account = ServerAccount.Choose();
        await account.CreateFolderAsync(paths.Root, cancellation);
        await account.CreateFolderAsync(paths.SocketFolder, cancellation);
        await account.ReachAsync(paths.Root, cancellation);
        return new Cluster(paths, account, await PostgresBinaries.FindAsync(paths, cancellation), silenceLimit);
    }

    /// <summary>Starts the server if none works on the data, and returns once ours answers a query.</summary>
    public async Task<ClusterAddress> EnsureRunningAsync(ILogger logger, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(StartLimit);
        try
        {
            return await UntilItAnswersAsync(logger, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ConfigurationException($"PostgreSQL in {paths.Root} did not answer within {StartLimit.TotalMinutes} minutes.");
        }
    }

    public Task StopAsync(CancellationToken cancellation) =>
        Postmaster.Find(paths) is null
            ? Task.CompletedTask
            : Command.RunAsync(account.Run(binaries.PgCtl, "stop", "-D", paths.Data, "-m", "fast", "-w", "-t", "60", "-s"), cancellation);

    private async Task<ClusterAddress> UntilItAnswersAsync(ILogger logger, CancellationToken cancellation)
    {
        while (true)
        {
            if (Postmaster.Find(paths) is null)
                await StartAsync(logger, cancellation);
            else if (await AskUntilItAnswersAsync(logger, cancellation) is { } address)
                return address;
        }
    }

    /// <summary>Returns once there is a server, or another start may have more luck.</summary>
    private async Task StartAsync(ILogger logger, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!File.Exists(paths.VersionFile))
            await InitializeAsync(cancellation);

        // A killed postmaster's children end by themselves within moments, unless one is deep in a query; a new server waits for all of them.
        EndServer();
        RemoveLeftovers();
        var port = ChoosePort();
        await account.WriteFileAsync(paths.SettingsFile, $"{Settings}\nport = {port}\nunix_socket_directories = '{paths.SocketFolder}'\n", cancellation);
        ClusterAddress.Link(paths.SocketFolder, port); // before the server: whoever starts it may be killed before it answers
        File.Delete(paths.StartLog); // what a start before complained of is over
        using var start = ServerStart.Begin(account, binaries, paths);
        var begun = Stopwatch.GetTimestamp();

        // Not given up before its pid file is there: nobody would know whether a server comes of it.
        while (Postmaster.Find(paths) is null)
        {
            if (start.HasEnded)
            {
                await RefusedAsync(await start.ComplaintAsync(), logger, cancellation);
                return;
            }

            if (Stopwatch.GetElapsedTime(begun) > silenceLimit)
            {
                EndSilent(logger, start.ProcessId);
                start.Kill();
                return;
            }

            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private async Task RefusedAsync(string reason, ILogger logger, CancellationToken cancellation)
    {
        var complaint = LastComplaint() ?? reason;
        if (!EndServer() && !MemoryIsHeld())
            throw new ConfigurationException($"PostgreSQL in {paths.Root} did not start: {complaint}");

        logger.ServerRefused(complaint);
        await Task.Delay(PauseAfterRefusal, cancellation);
    }

    /// <summary>Null when the server is gone.</summary>
    private async Task<ClusterAddress?> AskUntilItAnswersAsync(ILogger logger, CancellationToken cancellation)
    {
        var heard = Stopwatch.GetTimestamp();
        while (Postmaster.Find(paths) is { } server)
        {
            var (speaks, address) = await AskAsync(server, cancellation);
            if (address is not null)
                return address;

            if (speaks || server.IsReady)
                heard = Stopwatch.GetTimestamp();
            else if (Stopwatch.GetElapsedTime(heard) > silenceLimit)
                EndSilent(logger);

            await Task.Delay(Pause, cancellation);
        }

        return null;
    }

    private void EndSilent(ILogger logger, params IEnumerable<int> starting)
    {
        logger.ServerSilent(silenceLimit.TotalSeconds, Postmaster.Describe(starting.Union(Postmaster.Processes(paths))));
        EndServer();
    }

    // By the last processes of a killed server: they may have ended since the start was refused, or end without being seen here.
    private bool MemoryIsHeld() => File.Exists(paths.StartLog) && File.ReadAllText(paths.StartLog).Contains("pre-existing shared memory block", StringComparison.Ordinal);

    private async Task InitializeAsync(CancellationToken cancellation)
    {
        if (Directory.Exists(paths.NewData))
            Directory.Delete(paths.NewData, recursive: true); // a first start that was killed
        await account.WriteFileAsync(paths.PasswordFile, RandomNumberGenerator.GetHexString(48, lowercase: true), cancellation);
        await Command.RunAsync(
            account.Run(
                binaries.Initdb, "-D", paths.NewData, "-U", ClusterAddress.User, "--auth=scram-sha-256", $"--pwfile={paths.PasswordFile}",
                "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"),
            cancellation);
        await File.AppendAllTextAsync(Path.Combine(paths.NewData, "postgresql.conf"), $"\ninclude '{Path.GetFileName(paths.SettingsFile)}'\n", cancellation);
        Directory.Move(paths.NewData, paths.Data);
    }

    /// <summary>Without an address while the server cannot take connections; whether it says so itself.</summary>
    private async Task<(bool Speaks, ClusterAddress? Address)> AskAsync(Postmaster server, CancellationToken cancellation)
    {
        if (server.SocketFolder is "")
            return (false, null); // it has none yet

        var address = new ClusterAddress(server.Port, server.SocketFolder, await File.ReadAllTextAsync(paths.PasswordFile, cancellation));
        try
        {
            await using var connection = new NpgsqlConnection(address.MaintenanceConnectionString);
            await connection.OpenAsync(cancellation);
            await using var find = new NpgsqlCommand("select count(*) from pg_database where datname = $1", connection) { Parameters = { new() { Value = ClusterAddress.Database } } };
            if (await find.ExecuteScalarAsync(cancellation) is 0L)
            {
                await using var create = new NpgsqlCommand($"create database {ClusterAddress.Database}", connection);
                await create.ExecuteNonQueryAsync(cancellation);
            }

            ClusterAddress.Link(server.SocketFolder, server.Port); // of a server that a host of before started
            address.Save(paths.Address);
            return (true, address);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections
            or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown)
        {
            return (true, null);
        }
        catch (NpgsqlException e) when (e is not PostgresException)
        {
            return (false, null);
        }
    }

    /// <summary>The port of the last start while it is free, so that what people and other programs know stays good; else a new one.</summary>
    private int ChoosePort()
    {
        if (File.Exists(paths.SettingsFile)
            && File.ReadLines(paths.SettingsFile).FirstOrDefault(line => line.StartsWith("port = ", StringComparison.Ordinal)) is { } line
            && int.TryParse(line["port = ".Length..], out var last)
            && TryListen(last) is { } same)
            return same;

        return NewPort() ?? TryListen(0) ?? throw new ConfigurationException("No free port at 127.0.0.1.");
    }

    // Below the range of outgoing connections: one of those could take the port while a killed server is away.
    private static int? NewPort()
    {
        var range = File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split('\t');
        var lowest = int.Parse(range[0], System.Globalization.CultureInfo.InvariantCulture);
        return Enumerable.Range(0, 100).Select(_ => TryListen(Random.Shared.Next(lowest / 2, lowest))).FirstOrDefault(port => port is not null);
    }

    private static int? TryListen(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Whether there was anything of it.</summary>
    private bool EndServer()
    {
        var any = false;
        foreach (var pid in Postmaster.Processes(paths))
        {
            any = true;
            try
            {
                using var process = Process.GetProcessById(pid);
                process.Kill();
            }
            catch (ArgumentException)
            {
                // It ended by itself.
            }
        }

        return any;
    }

    // A killed server leaves its pid file, its socket and the socket's lock; the pid in them may be a stranger's by now, which PostgreSQL cannot tell.
    private void RemoveLeftovers()
    {
        File.Delete(paths.PidFile);
        foreach (var socket in Directory.EnumerateFiles(paths.SocketFolder, ".s.PGSQL.*"))
            File.Delete(socket);
    }

    private string? LastComplaint()
    {
        var logs = Path.Combine(paths.Data, "log");
        var newest = Directory.Exists(logs) ? new DirectoryInfo(logs).EnumerateFiles().MaxBy(file => file.LastWriteTimeUtc)?.FullName : null;
        return new[] { newest, paths.StartLog }.OfType<string>().Where(File.Exists).SelectMany(File.ReadLines)
            .LastOrDefault(line => line.Contains(" FATAL: ", StringComparison.Ordinal) || line.Contains(" PANIC: ", StringComparison.Ordinal));
    }
}
