using Npgsql;

namespace EventSourced.EventStore.Tests;

/// <summary>A process that is frozen inside a transaction keeps its locks only for a while.</summary>
public sealed class FrozenSessionTests(BankDatabase database) : IClassFixture<BankDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_connection_gives_up_a_transaction_that_nobody_goes_on_with()
    {
        await using var store = database.Store(_ => { });
        await using var limit = store.DataSource.CreateCommand("show idle_in_transaction_session_timeout");

        Assert.Equal("15s", await limit.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task What_a_frozen_session_locked_is_free_again_and_it_saves_nothing_when_it_goes_on()
    {
        await using var store = Impatient();
        await using var first = store.LightweightSession();
        first.Events.StartStream<Account>("frozen-1", new AccountOpened("Ann", 1));
        await first.SaveChangesAsync(Token);

        await using var frozen = store.LightweightSession();
        (await frozen.Events.FetchForExclusiveWriting<Account>("frozen-1", Token)).AppendOne(new MoneyDeposited(1));
        await using var other = store.LightweightSession();
        (await other.Events.FetchForExclusiveWriting<Account>("frozen-1", Token)).AppendOne(new MoneyDeposited(2));
        await other.SaveChangesAsync(Token);

        var ended = await Assert.ThrowsAsync<PostgresException>(() => frozen.SaveChangesAsync(Token));
        Assert.Equal("25P03", ended.SqlState);
        await using var reader = store.QuerySession();
        Assert.Equal([1m, 2m], (await reader.Events.FetchStreamAsync("frozen-1", token: Token)).Select(e => e.Data is MoneyDeposited money ? money.Amount : 1m));
    }

    /// <summary>An operator's own limit counts.</summary>
    private DocumentStore Impatient() => database.Store(options =>
        options.ConnectionString = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Options = "-c idle_in_transaction_session_timeout=1s" }.ConnectionString);
}
