using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace EventSourced.ServiceDefaults.Postgres;

/// <summary>Creates, starts and stops the server of one data folder. The caller holds the decision lock.</summary>
internal sealed class Cluster(ClusterPaths paths, ServerAccount account, PostgresBinaries binaries)
{
    /// <summary>Recovery after a crash replays at most what <c>max_wal_size</c> holds.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

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

    public static async Task<Cluster> OpenAsync(ClusterPaths paths, CancellationToken cancellation)
    {
        var account = ServerAccount.Choose();
        await account.CreateFolderAsync(paths.Root, cancellation);
        await account.CreateFolderAsync(paths.SocketFolder, cancellation);
        await account.ReachAsync(paths.Root, cancellation);
        return new Cluster(paths, account, await PostgresBinaries.FindAsync(paths, cancellation));
    }

    /// <summary>Starts the server if none works on the data, and returns once ours answers a query.</summary>
    public async Task<ClusterAddress> EnsureRunningAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(StartLimit);
        try
        {
            while (true)
            {
                if (Postmaster.Find(paths) is not { } server)
                    await StartAsync(limit.Token);
                else if (await AnswersAsync(server, limit.Token) is { } address)
                    return address;
                else
                    await Task.Delay(Pause, limit.Token);
            }
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

    private async Task StartAsync(CancellationToken cancellation)
    {
        if (!File.Exists(paths.VersionFile))
            await InitializeAsync(cancellation);

        RemoveLeftovers();
        await account.WriteFileAsync(paths.SettingsFile, $"{Settings}\nport = {ChoosePort()}\nunix_socket_directories = '{paths.SocketFolder}'\n", cancellation);
        var limit = StartLimit.TotalSeconds.ToString("0", System.Globalization.CultureInfo.InvariantCulture);
        IReadOnlyList<string> start = account.Run(binaries.PgCtl, "start", "-D", paths.Data, "-l", paths.StartLog, "-w", "-t", limit, "-s");
        File.Delete(paths.StartLog); // what a start before complained of is over
        try
        {
            // A session of its own: what the terminal sends to the host does not reach the server. It is not cut off, as nobody would know whether a server comes of it.
            await Command.RunAsync(["setsid", "--wait", .. start], CancellationToken.None);
        }
        catch (CommandFailedException) when (EndOrphans() || MemoryIsHeld())
        {
            await Task.Delay(Pause, cancellation);
        }
        catch (CommandFailedException e)
        {
            throw new ConfigurationException($"PostgreSQL in {paths.Root} did not start: {LastComplaint() ?? e.Message}");
        }
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

    /// <summary>Null while the server cannot take connections yet.</summary>
    private async Task<ClusterAddress?> AnswersAsync(Postmaster server, CancellationToken cancellation)
    {
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

            address.Save(paths.Address);
            return address;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown)
        {
            return null;
        }
        catch (NpgsqlException e) when (e is not PostgresException)
        {
            return null;
        }
    }

    /// <summary>The port of the last start while it is free, so that the connection strings of running hosts stay good; else a new one.</summary>
    private int ChoosePort()
    {
        if (File.Exists(paths.SettingsFile)
            && File.ReadLines(paths.SettingsFile).FirstOrDefault(line => line.StartsWith("port = ", StringComparison.Ordinal)) is { } line
            && int.TryParse(line["port = ".Length..], out var last)
            && TryListen(last) is { } same)
            return same;

        return NewPort() ?? TryListen(0) ?? throw new ConfigurationException("No free port at 127.0.0.1.");
    }

    // Below the range of outgoing connections: one of those could take the port while a killed server is away, and no running host would find the server again.
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

    // A killed postmaster's children end by themselves within moments, unless one is deep in a query; a new server waits for all of them.
    private bool EndOrphans()
    {
        var any = false;
        foreach (var pid in Postmaster.Orphans(paths))
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
