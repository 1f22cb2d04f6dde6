using System.Data;
using Npgsql;
using EventSourced.EventStore.Daemon;

namespace EventSourced.EventStore.Tests.Daemon;

public sealed class ConnectionLossTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_that_a_command_finds_lost_is_lost()
    {
        await using var connection = await OpenAsync();
        await TerminateAsync(connection.ProcessID);

        Assert.True(ConnectionLoss.Is(await FailureAsync(connection)));
    }

    [Fact]
    public async Task A_connection_whose_keep_alive_noticed_first_is_lost()
    {
        await using var connection = await OpenAsync();
        await TerminateAsync(connection.ProcessID);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (connection.State is ConnectionState.Open)
            await look.WaitForNextTickAsync(Token);

        Assert.True(ConnectionLoss.Is(await FailureAsync(connection)));
    }

    [Fact]
    public void A_bug_is_no_lost_connection()
    {
        var bug = Assert.Throws<InvalidOperationException>(() => Array.Empty<int>().First());

        Assert.False(ConnectionLoss.Is(bug));
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false, KeepAlive = 1 }.ConnectionString);
        await connection.OpenAsync(Token);
        return connection;
    }

    private async Task TerminateAsync(int process)
    {
        await using var terminate = database.DataSource.CreateCommand("select pg_terminate_backend($1)");
        terminate.Parameters.Add(new() { Value = process });
        await terminate.ExecuteNonQueryAsync(Token);
    }

    private static async Task<Exception> FailureAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("select 1", connection);
        return await Record.ExceptionAsync(() => command.ExecuteScalarAsync(Token)) ?? throw new InvalidOperationException("The connection works.");
    }
}
