namespace EventSourced.EventStore.Tests.Streams;

public sealed class RoundTripTests(BankDatabase database) : IClassFixture<BankDatabase>, IAsyncLifetime
{
    private readonly RoundTrips network = new(database.ConnectionString);
    private DocumentStore store = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        store = database.Store(options =>
        {
            options.ConnectionString = network.ConnectionString;
            options.Projections.Snapshot<Balance>(SnapshotLifecycle.Inline);
        });
        await store.ApplyAllConfiguredChangesToDatabaseAsync(Token);
        for (var n = 0; n < 8; n++)
            await FetchAndAppendAsync($"warm-{n % 2}");
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        await network.DisposeAsync();
    }

    [Fact]
    public async Task A_new_stream_with_inline_documents_and_flat_tables_is_one() => Assert.Equal(1, await network.CountAsync(async () =>
    {
        await using var session = store.LightweightSession();
        session.Events.StartStream<Account>("new-1", new AccountOpened("Ann", 1), new MoneyDeposited(2));
        session.QueueSqlCommand("select ?", 1);
        await session.SaveChangesAsync(Token);
    }));

    [Fact]
    public async Task Many_streams_in_one_save_are_one() => Assert.Equal(1, await network.CountAsync(async () =>
    {
        await using var session = store.LightweightSession();
        for (var n = 0; n < 30; n++)
            session.Events.StartStream<Account>($"new-many-{n}", new AccountOpened("Ann", 1), new MoneyDeposited(2));

        await session.SaveChangesAsync(Token);
    }));

    [Fact]
    public async Task Fetching_deciding_and_appending_are_two() => Assert.Equal(2, await network.CountAsync(() => FetchAndAppendAsync("warm-0")));

    [Fact]
    public async Task An_append_at_an_expected_version_reads_its_documents_once()
    {
        var version = (await store.QuerySession().Events.FetchStreamStateAsync("warm-1", Token))!.Version;
        Assert.Equal(2, await network.CountAsync(async () =>
        {
            await using var session = store.LightweightSession();
            session.Events.Append("warm-1", version + 1, new MoneyDeposited(1));
            await session.SaveChangesAsync(Token);
        }));
    }

    [Fact]
    public async Task A_lock_its_decision_and_the_save_are_two() => Assert.Equal(2, await network.CountAsync(async () =>
    {
        await using var session = store.LightweightSession();
        await session.BeginTransactionAsync(Token);
        await using (var reader = await session.ExecuteReaderAsync(new Npgsql.NpgsqlCommand("select id from mt_streams where id = 'warm-1' for update"), Token))
            Assert.True(await reader.ReadAsync(Token));

        session.Events.StartStream<Account>("locked-1", new AccountOpened("Ann", 1));
        await session.SaveChangesAsync(Token);
    }));

    private async Task FetchAndAppendAsync(string key)
    {
        await using var session = store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Account>(key, Token);
        stream.AppendOne(stream.Aggregate is null ? new AccountOpened("Ann", 1) : new MoneyDeposited(1));
        await session.SaveChangesAsync(Token);
    }

    /// <summary>A second inline document of the same streams.</summary>
    public sealed record Balance(string Id, decimal Amount)
    {
        public static Balance Create(AccountOpened e) => new("", e.Balance);

        public Balance Apply(MoneyDeposited e) => this with { Amount = Amount + e.Amount };
    }
}
