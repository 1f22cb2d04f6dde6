using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EventSourced.ServiceDefaults.Postgres;
using Npgsql;

namespace EventSourced.Workers.Tests.Hosting;

public sealed class EmbeddedPostgresTests : IAsyncDisposable
{
    private readonly DataFolder data = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pid_file_that_names_a_living_stranger_does_not_stop_the_start()
    {
        await (await StartAsync()).DisposeAsync();
        using var stranger = Process.GetCurrentProcess();
        await File.WriteAllTextAsync(data.PidFile, $"{stranger.Id}\n{data.Path}/pg/data\n0\n5432\n/tmp\n127.0.0.1\n", Token);

        await using var server = await StartAsync();
        Assert.NotEqual(stranger.Id, data.PostmasterId);
        Assert.Equal(1, await data.QueryAsync("select 1", Token));
    }

    [Fact]
    public async Task Memory_of_a_killed_server_that_something_still_holds_is_waited_for()
    {
        await using var killed = await StartAsync();
        using var holder = SharedMemory.Hold(data.PidFile);
        data.KillEverything();

        var next = StartAsync();
        var complaint = Path.Combine(data.Path, "pg", "start.log");
        while (!next.IsCompleted && !(await ReadAsync(complaint)).Contains("shared memory block", StringComparison.Ordinal))
            await Task.Yield();

        Assert.False(next.IsCompleted);
        holder.Dispose();
        await using var server = await next;
        Assert.Equal(1, await data.QueryAsync("select 1", Token));
    }

    [Fact]
    public async Task A_server_that_hangs_while_it_starts_is_ended_and_started_anew()
    {
        await (await StartAsync()).DisposeAsync();
        var endless = Path.Combine(data.Path, "pg", "data", "endless.conf");
        await File.AppendAllTextAsync(Path.Combine(data.Path, "pg", "data", "postgresql.conf"), "include_if_exists 'endless.conf'\n", Token);
        using (var pipe = Process.Start("mkfifo", ["-m", "666", endless]))
            await pipe.WaitForExitAsync(Token);

        var next = EmbeddedPostgres.StartOrJoinAsync(data.Path, Token, silenceLimit: TimeSpan.FromSeconds(2));
        await using var settings = await Task.Run(() => new FileStream(endless, FileMode.Open, FileAccess.Write, FileShare.ReadWrite), Token); // once the server reads
        File.Delete(endless);

        await using var server = await next;
        Assert.Equal(1, await data.QueryAsync("select 1", Token));
    }

    [Fact]
    public async Task A_first_start_that_was_killed_halfway_is_begun_anew()
    {
        await (await StartAsync()).DisposeAsync();
        var root = Path.Combine(data.Path, "pg");
        Directory.Move(Path.Combine(root, "data"), Path.Combine(root, "data.new"));
        File.Delete(Path.Combine(root, "data.new", "PG_VERSION"));

        await using var server = await StartAsync();
        Assert.Equal(1, await data.QueryAsync("select 1", Token));
        Assert.False(Directory.Exists(Path.Combine(root, "data.new")));
    }

    [Fact]
    public async Task A_data_folder_with_a_long_path_works()
    {
        var path = Path.Combine(data.Path, new string('x', 120));
        await using var server = await EmbeddedPostgres.StartOrJoinAsync(path, Token);
        Assert.Equal(1, await QueryAsync(server.ConnectionString));
    }

    [Fact]
    public async Task Servers_of_several_data_folders_run_side_by_side()
    {
        await using var other = new DataFolder();
        await using var first = await StartAsync();
        await using var second = await EmbeddedPostgres.StartOrJoinAsync(other.Path, Token);

        await data.QueryAsync("create table mine (id int)", Token);
        Assert.Equal(DBNull.Value, await other.QueryAsync("select to_regclass('mine')::text", Token));
        Assert.NotEqual(data.PostmasterId, other.PostmasterId);
    }

    [Fact]
    public async Task No_outgoing_connection_can_take_the_port_of_a_server_that_was_killed()
    {
        await using var server = await StartAsync();
        var range = (await File.ReadAllTextAsync("/proc/sys/net/ipv4/ip_local_port_range", Token)).Split('\t');
        Assert.InRange(new NpgsqlConnectionStringBuilder(data.ConnectionString).Port, 1024, int.Parse(range[0], null) - 1);
    }

    [Fact]
    public async Task Hosts_that_run_find_a_server_whose_port_was_taken_while_it_was_away()
    {
        await using var server = await StartAsync();
        var port = new NpgsqlConnectionStringBuilder(data.ConnectionString).Port;
        data.KillEverything();
        using var stranger = new TcpListener(IPAddress.Loopback, port);
        while (!TryListen(stranger))
            await Task.Yield(); // the killed server's last process has it yet

        await using var again = await StartAsync();

        Assert.NotEqual(port, new NpgsqlConnectionStringBuilder(data.ConnectionString).Port);
        Assert.Equal(1, await QueryAsync(server.ConnectionString));
        Assert.Equal(1, await QueryAsync(data.ConnectionString));
    }

    [Fact]
    public async Task Only_the_password_opens_it_and_only_the_owner_reads_the_password()
    {
        await using var server = await StartAsync();
        foreach (var address in (string[])[server.ConnectionString, data.ConnectionString])
        {
            var wrong = new NpgsqlConnectionStringBuilder(address) { Password = "wrong" }.ConnectionString;
            var refusal = await Assert.ThrowsAsync<PostgresException>(() => QueryAsync(wrong));
            Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(data.AddressFile));
        Assert.Equal("127.0.0.1", await data.QueryAsync("show listen_addresses", Token));
    }

    [Fact]
    public async Task Commits_are_durable_and_pages_have_checksums()
    {
        await using var server = await StartAsync();
        foreach (var setting in (string[])["fsync", "synchronous_commit", "full_page_writes", "data_checksums"])
            Assert.Equal("on", await data.QueryAsync($"show {setting}", Token));
    }

    public ValueTask DisposeAsync() => data.DisposeAsync();

    private static bool TryListen(TcpListener listener)
    {
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>A start that is made anew begins a new file.</summary>
    private static async Task<string> ReadAsync(string log)
    {
        try
        {
            return await File.ReadAllTextAsync(log, Token);
        }
        catch (FileNotFoundException)
        {
            return "";
        }
    }

    private Task<EmbeddedPostgres> StartAsync() => EmbeddedPostgres.StartOrJoinAsync(data.Path, Token);

    private static async Task<object?> QueryAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand("select 1", connection);
        return await command.ExecuteScalarAsync(Token);
    }
}
