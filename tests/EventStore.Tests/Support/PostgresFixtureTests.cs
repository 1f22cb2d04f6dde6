using Npgsql;

namespace EventSourced.EventStore.Tests.Support;

public sealed class OneTable : TestDatabase
{
    protected override async Task PrepareTemplateAsync(string connectionString, CancellationToken token)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand("create table thing as select 1 as n");
        await command.ExecuteNonQueryAsync(token);
    }
}

public sealed class PostgresFixtureTests(OneTable database) : IClassFixture<OneTable>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clone_holds_what_its_template_holds_and_shares_nothing_with_other_clones()
    {
        await using var other = await database.CloneAsync();
        await using (var insert = other.DataSource.CreateCommand("insert into thing values (2)"))
            await insert.ExecuteNonQueryAsync(Token);

        Assert.Equal(1L, await CountAsync(database.DataSource));
        Assert.Equal(2L, await CountAsync(other.DataSource));
    }

    [Fact]
    public async Task A_killed_server_comes_back_with_what_was_committed()
    {
        await using var server = await PostgresServer.StartAsync(token: Token);
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using (var create = source.CreateCommand("create table thing as select 1 as n"))
            await create.ExecuteNonQueryAsync(Token);

        await server.KillAsync(Token);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => CountAsync(source));
        await server.StartAgainAsync(Token);
        source.Clear();

        Assert.Equal(1L, await CountAsync(source));
    }

    private static async Task<long> CountAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("select count(*) from thing");
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }
}

public sealed class ManualClockTests
{
    [Fact]
    public async Task Time_passes_only_when_a_test_says_so()
    {
        var clock = new ManualClock();
        var waiting = Task.Delay(TimeSpan.FromMinutes(5), clock, TestContext.Current.CancellationToken);

        clock.Advance(TimeSpan.FromMinutes(4));
        Assert.False(waiting.IsCompleted);
        clock.Advance(TimeSpan.FromMinutes(1));

        await waiting;
        Assert.Equal(0, clock.WaitingTimers);
    }
}
