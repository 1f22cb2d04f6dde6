using EventSourced.ServiceDefaults.Postgres;
using Npgsql;

namespace EventSourced.Workers.Tests.Hosting;

/// <summary>What ends before it runs leaves no server of the data folder behind.</summary>
public sealed class InterruptedStartTests : IAsyncDisposable
{
    private const int Terminated = 143;
    private const int WrongConfiguration = 78;
    private const int Unavailable = 69;

    // The lock under which every start brings the schema up to date.
    private const long SchemaLock = 0x6573_7363_6865_6d61;

    private readonly DataFolder data = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Api")]
    [InlineData("Workers")]
    [InlineData("Workers", "verify")]
    public async Task Ended_in_the_middle_of_its_start_it_stops_the_server(string host, params string[] command)
    {
        var own = await EmbeddedPostgres.StartOrJoinAsync(data.Path, Token);
        await using var connection = await HoldSchemaAsync();
        await using var starting = await StartAsync(host, [], command);
        await UntilItWaitsAsync(starting);

        await own.DisposeAsync();
        Assert.True(data.ServerRuns);

        Assert.Equal(Terminated, await starting.StopAsync(Token));
        Assert.False(data.ServerRuns);
    }

    [Theory]
    [InlineData("Api")]
    [InlineData("Workers")]
    [InlineData("Workers", "verify")]
    public async Task Cut_off_by_PostgreSQL_in_the_middle_of_its_start_it_says_so_in_one_line(string host, params string[] command)
    {
        await using var own = await EmbeddedPostgres.StartOrJoinAsync(data.Path, Token);
        await using var connection = await HoldSchemaAsync();
        await using var starting = await StartAsync(host, [], command);
        await UntilItWaitsAsync(starting);

        await data.QueryAsync("select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory' and not granted", Token);

        var (exitCode, _, errors) = await starting.EndAsync(Token);
        Assert.Equal(Unavailable, exitCode);
        Assert.StartsWith("PostgreSQL: ", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("Api", "Artifacts__MaxUploadBytes", "1")]
    [InlineData("Workers", "Artifacts__MaxUploadBytes", "1")]
    [InlineData("Workers", "Artifacts__MaxUploadBytes", "1", "verify")]
    [InlineData("Workers", "Shutdown__Timeout", "soon", "verify")]
    public async Task Failed_before_it_runs_it_stops_the_server(string host, string setting, string value, params string[] command)
    {
        await using var failing = await StartAsync(host, new() { [setting] = value }, command);
        var (exitCode, _, errors) = await failing.EndAsync(Token);

        Assert.Equal(WrongConfiguration, exitCode);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.True(File.Exists(data.AddressFile)); // it was there
        Assert.False(data.ServerRuns);
    }

    [Fact]
    public async Task Given_up_while_the_server_starts_it_is_stopped()
    {
        await (await EmbeddedPostgres.StartOrJoinAsync(data.Path, Token)).DisposeAsync();
        using var giveUp = new CancellationTokenSource();
        using var started = new FileSystemWatcher(Path.GetDirectoryName(data.PidFile)!, Path.GetFileName(data.PidFile));
        started.Created += (_, _) => giveUp.Cancel();
        started.EnableRaisingEvents = true;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => EmbeddedPostgres.StartOrJoinAsync(data.Path, giveUp.Token));

        Assert.False(data.ServerRuns);
    }

    public ValueTask DisposeAsync() => data.DisposeAsync();

    /// <summary>No start gets further while the connection lives.</summary>
    private async Task<NpgsqlConnection> HoldSchemaAsync()
    {
        var connection = new NpgsqlConnection(data.ConnectionString);
        await connection.OpenAsync(Token);
        await using var hold = new NpgsqlCommand($"select pg_advisory_lock({SchemaLock})", connection);
        await hold.ExecuteNonQueryAsync(Token);
        return connection;
    }

    private async Task UntilItWaitsAsync(HostProcess starting)
    {
        while (await data.QueryAsync("select count(*) from pg_locks where locktype = 'advisory' and not granted", Token) is 0L)
            Assert.True(DataFolder.IsAlive(starting.ProcessId));
    }

    private Task<HostProcess> StartAsync(string host, Dictionary<string, string> settings, string[] command) => HostProcess.StartAsync(
        host, new Dictionary<string, string>(settings) { ["Data__Path"] = data.Path, ["Urls"] = "http://127.0.0.1:0", ["Roles"] = "projections" }, Token, command);
}
