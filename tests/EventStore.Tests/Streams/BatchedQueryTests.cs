using Npgsql;

namespace EventSourced.EventStore.Tests.Streams;

public sealed class BatchedQueryTests(BankDatabase database) : IClassFixture<BankDatabase>, IAsyncLifetime
{
    private readonly RoundTrips network = new(database.ConnectionString);
    private readonly Guid run = Guid.NewGuid();
    private DocumentStore store = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        store = database.Store(options =>
        {
            options.ConnectionString = network.ConnectionString;
            options.Projections.Snapshot<RoundTripTests.Balance>(SnapshotLifecycle.Inline);
        });
        await store.ApplyAllConfiguredChangesToDatabaseAsync(Token);
        for (var n = 1; n <= 6; n++)
            await StartAsync(Key(n));
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        await network.DisposeAsync();
    }

    [Fact]
    public async Task Streams_of_several_kinds_are_read_in_one_round_trip_and_saved_in_another()
    {
        await ReadAndSaveAsync(); // learns which documents there are
        Assert.Equal(2, await network.CountAsync(ReadAndSaveAsync));

        var events = await store.QuerySession().Events.FetchStreamAsync(Key(1), token: Token);
        Assert.Equal([1m, 1m], events.Select(e => e.Data).OfType<MoneyDeposited>().Select(e => e.Amount));

        async Task ReadAndSaveAsync()
        {
            await using var session = store.LightweightSession();
            var query = session.CreateBatchQuery();
            var live = query.Events.FetchForWriting<Account>(Key(1));
            var inline = query.Events.FetchForWriting<RoundTripTests.Balance>(Key(2));
            var missing = query.Events.FetchForWriting<Account>(Key(99));
            await query.Execute(Token);

            Assert.Equal("Ann", (await live).Aggregate?.Owner);
            Assert.NotNull((await inline).Aggregate);
            Assert.Equal((null, 0L), ((await missing).Aggregate, (await missing).StartingVersion));
            (await live).AppendOne(new MoneyDeposited(1));
            await session.SaveChangesAsync(Token);
        }
    }

    [Fact]
    public async Task What_was_read_in_a_batch_is_what_the_save_expects()
    {
        await using var session = store.LightweightSession();
        var query = session.CreateBatchQuery();
        var (first, second) = (query.Events.FetchForWriting<Account>(Key(3)), query.Events.FetchForWriting<Account>(Key(4)));
        await query.Execute(Token);
        await using (var rival = store.LightweightSession())
        {
            rival.Events.Append(Key(4), new MoneyDeposited(9));
            await rival.SaveChangesAsync(Token);
        }

        (await first).AppendOne(new MoneyDeposited(1));
        (await second).AppendOne(new MoneyDeposited(1));

        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync(Token));
        Assert.Equal(1, (await store.QuerySession().Events.FetchStreamStateAsync(Key(3), Token))?.Version);
    }

    [Fact]
    public async Task A_batch_is_executed_once_and_when_it_fails_so_do_its_reads()
    {
        await using var session = store.LightweightSession();
        var query = session.CreateBatchQuery();
        var read = query.Events.FetchForWriting<Account>(Key(5));
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query.Execute(gone.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        await Assert.ThrowsAsync<InvalidOperationException>(() => query.Execute(Token));
    }

    [Fact]
    public async Task A_save_waits_for_a_lock_no_longer_than_it_was_told()
    {
        await using var rival = await database.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await rival.BeginTransactionAsync(Token);
        await using (var locking = new NpgsqlCommand("select from mt_streams where id = $1 for update", rival) { Parameters = { new() { Value = Key(6) } } })
            await locking.ExecuteNonQueryAsync(Token);

        await using var session = store.LightweightSession();
        session.LockTimeout = TimeSpan.FromMilliseconds(20);
        session.Events.Append(Key(6), new MoneyDeposited(1));
        Assert.Equal(PostgresErrorCodes.LockNotAvailable, (await Assert.ThrowsAsync<PostgresException>(() => session.SaveChangesAsync(Token))).SqlState);

        await transaction.RollbackAsync(Token);
        await session.SaveChangesAsync(Token);
        Assert.Equal(2, (await session.Events.FetchStreamStateAsync(Key(6), Token))?.Version);
        Assert.Equal(["0"], await session.QueryAsync<string>("select current_setting('lock_timeout')", Token)); // the same connection, and it forgot
    }

    private string Key(int number) => $"{run}-{number}";

    private async Task StartAsync(string key)
    {
        await using var session = store.LightweightSession();
        session.Events.StartStream<Account>(key, new AccountOpened("Ann", 1));
        await session.SaveChangesAsync(Token);
    }
}
