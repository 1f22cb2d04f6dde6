namespace EventSourced.EventStore.Tests.Streams;

public sealed class AppendTests(BankDatabase database) : IClassFixture<BankDatabase>, IAsyncDisposable
{
    private readonly DocumentStore store = database.Store();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task A_started_stream_is_read_back_in_order()
    {
        await using var session = store.LightweightSession();
        session.Events.StartStream<Account>("account-1", new AccountOpened("Ann", 10), new MoneyDeposited(5), new MoneyWithdrawn(3));
        await session.SaveChangesAsync(Token);

        var events = await session.Events.FetchStreamAsync("account-1", token: Token);
        Assert.Equal([1L, 2L, 3L], events.Select(e => e.Version));
        Assert.Equal([new AccountOpened("Ann", 10), new MoneyDeposited(5), new MoneyWithdrawn(3)], events.Select(e => e.Data));
        Assert.Equal("account_opened", events[0].EventTypeName);
        Assert.True(events[0].Sequence < events[1].Sequence && events[1].Sequence < events[2].Sequence);

        var state = await session.Events.FetchStreamStateAsync("account-1", Token);
        Assert.Equal(("account", 3L, false), (state!.AggregateAlias, state.Version, state.IsArchived));
        Assert.Equal(new Account("account-1", "Ann", 12, AccountStatus.Open), await session.Events.AggregateStreamAsync<Account>("account-1", token: Token));
    }

    [Fact]
    public async Task A_stream_that_exists_cannot_be_started()
    {
        await OpenAsync("account-2");
        await using var session = store.LightweightSession();
        session.Events.StartStream<Account>("account-2", new AccountOpened("Bob", 1));
        var collision = await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(() => session.SaveChangesAsync(Token));
        Assert.Equal("account-2", collision.StreamKey);
    }

    [Fact]
    public async Task An_expected_version_is_the_one_after_the_append()
    {
        await OpenAsync("account-3");
        await using var session = store.LightweightSession();
        session.Events.Append("account-3", 3, new MoneyDeposited(1), new MoneyDeposited(2));
        await session.SaveChangesAsync(Token);

        session.Events.Append("account-3", 3, new MoneyDeposited(1));
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync(Token));
        Assert.Equal(3, (await session.Events.FetchStreamStateAsync("account-3", Token))!.Version);
    }

    [Fact]
    public async Task Fetching_for_writing_enforces_the_version_read()
    {
        await OpenAsync("account-4");
        await using var first = store.LightweightSession();
        await using var second = store.LightweightSession();
        var mine = await first.Events.FetchForWriting<Account>("account-4", Token);
        var theirs = await second.Events.FetchForWriting<Account>("account-4", Token);
        Assert.Equal((10m, 1L), (mine.Aggregate!.Balance, mine.StartingVersion));

        mine.AppendOne(new MoneyDeposited(1));
        await first.SaveChangesAsync(Token);
        Assert.Equal(2, first.PendingChanges.Streams().Single().Version);

        theirs.AppendOne(new MoneyWithdrawn(10));
        var lost = await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => second.SaveChangesAsync(Token));
        Assert.Equal("account-4", lost.StreamKey);
        Assert.Equal(11m, (await first.LoadAsync<AccountView>("account-4", Token))!.Balance);
    }

    [Fact]
    public async Task A_plain_append_starts_a_missing_stream_and_extends_an_existing_one()
    {
        await using var session = store.LightweightSession();
        session.Events.Append("account-5", new AccountOpened("Eve", 1));
        await session.SaveChangesAsync(Token);
        session.Events.Append("account-5", new MoneyDeposited(4));
        await session.SaveChangesAsync(Token);

        Assert.Equal(2, session.PendingChanges.Streams().Single().Version);
        Assert.Equal((5m, 2L), await session.LoadAsync<AccountView>("account-5", Token) is { } view ? (view.Balance, view.Version) : default);
    }

    [Fact]
    public async Task Several_streams_are_appended_all_or_none()
    {
        await OpenAsync("account-6");
        await using var session = store.LightweightSession();
        session.Events.StartStream<Account>("account-7", new AccountOpened("Fay", 1));
        session.Events.Append("account-6", 5, new MoneyDeposited(1));
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync(Token));
        Assert.Null(await session.Events.FetchStreamStateAsync("account-7", Token));

        await using var again = store.LightweightSession();
        again.Events.StartStream<Account>("account-7", new AccountOpened("Fay", 1), new MoneyDeposited(2));
        again.Events.Append("account-6", 2, new MoneyDeposited(1));
        await again.SaveChangesAsync(Token);
        Assert.Equal(3, (await again.LoadAsync<AccountView>("account-7", Token))!.Balance);
        Assert.Equal(11, (await again.LoadAsync<AccountView>("account-6", Token))!.Balance);
    }

    [Fact]
    public async Task An_archived_stream_refuses_appends_and_is_not_read()
    {
        await OpenAsync("account-8");
        await using var session = store.LightweightSession();
        session.Events.ArchiveStream("account-8");
        await session.SaveChangesAsync(Token);
        Assert.True((await session.Events.FetchStreamStateAsync("account-8", Token))!.IsArchived);
        Assert.Empty(await session.Events.FetchStreamAsync("account-8", token: Token));

        session.Events.Append("account-8", new MoneyDeposited(1));
        await Assert.ThrowsAsync<InvalidStreamOperationException>(() => session.SaveChangesAsync(Token));
        await using var another = store.LightweightSession();
        another.Events.Append("account-8", 2, new MoneyDeposited(1));
        await Assert.ThrowsAsync<InvalidStreamOperationException>(() => another.SaveChangesAsync(Token));
    }

    [Fact]
    public async Task Of_sixteen_writers_one_wins_each_version()
    {
        await OpenAsync("account-9");
        var wins = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => DepositAsync("account-9", 25), Token)));
        var state = await database.ScalarAsync<long>("select version from mt_streams where id = 'account-9'");
        Assert.Equal(1 + wins.Sum(), state);
        Assert.Equal(state, await database.ScalarAsync<long>("select count(*) from mt_events where stream_id = 'account-9'"));
        Assert.Equal(10m + wins.Sum(), await database.ScalarAsync<decimal>("select balance from mt_doc_accountview where id = 'account-9'"));
        Assert.Equal(wins.Sum(), await database.ScalarAsync<long>("select count(*) from es.movements where stream = 'account-9'"));
    }

    private async Task<int> DepositAsync(string key, int times)
    {
        var won = 0;
        for (var n = 0; n < times; n++)
        {
            await using var session = store.LightweightSession();
            var stream = await session.Events.FetchForWriting<Account>(key, Token);
            stream.AppendOne(new MoneyDeposited(1));
            try
            {
                await session.SaveChangesAsync(Token);
                won++;
            }
            catch (ConcurrencyException)
            {
                // The loser's turn is over; what counts is that nothing of it stays.
            }
        }

        return won;
    }

    private async Task OpenAsync(string key)
    {
        await using var session = store.LightweightSession();
        session.Events.StartStream<Account>(key, new AccountOpened("Ann", 10));
        await session.SaveChangesAsync(Token);
    }
}
