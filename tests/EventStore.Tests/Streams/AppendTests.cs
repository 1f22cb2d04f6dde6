using Npgsql;

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
        Assert.Equal(typeof(Account), (await session.Events.FetchStreamStateAsync("account-1", Token))!.AggregateType);
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
        Assert.Null(await session.Events.AggregateStreamAsync<Account>("account-8", token: Token));
        Assert.Equal(10, (await session.Events.AggregateArchivedStreamAsync<Account>("account-8", token: Token))!.Balance);

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

    [Fact]
    public async Task Archiving_takes_along_what_an_append_it_waited_for_has_written()
    {
        await OpenAsync("account-20");
        await using var writer = await database.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await writer.BeginTransactionAsync(Token);
        await ExecuteAsync(writer, """
            update mt_streams set version = 2 where id = 'account-20';
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp)
            values (nextval('mt_events_sequence'), gen_random_uuid(), 'account-20', 2, '{"Amount": 1}', 'money_deposited', now())
            """);
        await using var session = store.LightweightSession();
        session.Events.ArchiveStream("account-20");
        var save = session.SaveChangesAsync(Token);
        while (await database.ScalarAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 0)
            Assert.False(save.IsCompleted);

        await transaction.CommitAsync(Token);
        await save;

        Assert.Equal(2L, await database.ScalarAsync<long>("select count(*) from mt_events where stream_id = 'account-20' and is_archived"));
    }

    [Fact]
    public async Task A_plain_append_that_lost_a_race_wins_when_it_is_saved_again()
    {
        await OpenAsync("account-21");
        await using var session = store.LightweightSession();
        session.Events.Append("account-21", new MoneyDeposited(1));
        await using (var writer = await database.DataSource.OpenConnectionAsync(Token))
        {
            await using var transaction = await writer.BeginTransactionAsync(Token);
            await ExecuteAsync(writer, "update mt_streams set version = 2 where id = 'account-21'");
            await ExecuteAsync(writer, """
                insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp)
                values (nextval('mt_events_sequence'), gen_random_uuid(), 'account-21', 2, '{"Amount": 5}', 'money_deposited', now())
                """);
            var save = session.SaveChangesAsync(Token);
            while (await database.ScalarAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 0)
                Assert.False(save.IsCompleted);

            await transaction.CommitAsync(Token);
            await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => save);
        }

        await session.SaveChangesAsync(Token);

        Assert.Equal(16, (await session.LoadAsync<AccountView>("account-21", Token))!.Balance);
    }

    [Fact]
    public async Task A_version_that_cannot_be_is_refused_before_anything_is_queued()
    {
        await OpenAsync("account-22");
        await using var session = store.LightweightSession();
        Assert.Throws<EventStreamUnexpectedMaxEventIdException>(() => session.Events.Append("account-22", 1, new MoneyDeposited(1), new MoneyDeposited(2)));

        await session.SaveChangesAsync(Token);

        Assert.Equal(1, (await session.Events.FetchStreamStateAsync("account-22", Token))!.Version);
    }

    [Fact]
    public async Task A_fetched_stream_that_is_appended_to_beside_it_keeps_its_expectation()
    {
        await OpenAsync("account-23");
        await using var session = store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Account>("account-23", Token);
        stream.AppendOne(new MoneyDeposited(1));
        await session.SaveChangesAsync(Token);
        session.Events.Append("account-23", new MoneyDeposited(2));
        stream.AppendOne(new MoneyDeposited(3));
        Assert.Equal((2, 4L), (stream.Events.Count, stream.CurrentVersion));
        await using (var other = store.LightweightSession())
        {
            other.Events.Append("account-23", new MoneyDeposited(4));
            await other.SaveChangesAsync(Token);
        }

        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync(Token));
    }

    [Fact]
    public async Task What_is_queued_is_returned_with_the_version_it_leads_to()
    {
        await using var session = store.LightweightSession();
        var started = session.Events.StartStream<Account>("account-24", new AccountOpened("Ann", 1), new MoneyDeposited(2));
        var appended = session.Events.Append("account-25", new AccountOpened("Bob", 1));
        var expected = session.Events.Append("account-26", 3, new MoneyDeposited(1));

        Assert.Equal(("account-24", 2L, 2), (started.Key, started.Version, started.Events.Count));
        Assert.Equal(("account-25", null, 1), (appended.Key, appended.Version, appended.Events.Count));
        Assert.Equal(("account-26", 3L, 1), (expected.Key, expected.Version, expected.Events.Count));
    }

    [Fact]
    public async Task An_optimistic_append_is_held_to_the_version_it_was_queued_at()
    {
        await OpenAsync("account-27");
        await using var first = store.LightweightSession();
        await using var second = store.LightweightSession();
        await first.Events.AppendOptimistic("account-27", Token, new MoneyDeposited(1));
        await second.Events.AppendOptimistic("account-27", Token, new MoneyDeposited(2));
        await second.SaveChangesAsync(Token);

        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => first.SaveChangesAsync(Token));
        Assert.Equal(12, (await first.LoadAsync<AccountView>("account-27", Token))!.Balance);
    }

    [Fact]
    public async Task A_missing_stream_is_not_started_by_an_append_at_the_version_it_has()
    {
        await using var session = store.LightweightSession();
        Assert.Equal("account-28", (await Assert.ThrowsAsync<NonExistentStreamException>(
            () => session.Events.AppendOptimistic("account-28", Token, new AccountOpened("Ann", 1)))).Id);
        await Assert.ThrowsAsync<NonExistentStreamException>(() => session.Events.AppendExclusive("account-28", Token, new AccountOpened("Ann", 1)));
        await session.SaveChangesAsync(Token);

        Assert.Null(await session.Events.FetchStreamStateAsync("account-28", Token));
    }

    [Fact]
    public async Task A_writer_that_waits_no_longer_for_a_stream_is_told_that_it_is_locked()
    {
        await OpenAsync("account-30");
        await using var holder = store.LightweightSession();
        await holder.Events.AppendExclusive("account-30", Token, new MoneyDeposited(1));
        await using var hasty = database.Store(options => options.ConnectionString += ";Options=-c lock_timeout=50ms");
        await using var session = hasty.LightweightSession();

        Assert.Equal("account-30", (await Assert.ThrowsAsync<StreamLockedException>(
            () => session.Events.AppendExclusive("account-30", Token, new MoneyDeposited(2)))).StreamId);
        await using var other = hasty.LightweightSession();
        await Assert.ThrowsAsync<StreamLockedException>(() => other.Events.FetchForExclusiveWriting<Account>("account-30", Token));
        await holder.SaveChangesAsync(Token);
    }

    [Fact]
    public async Task Exclusive_writers_of_a_stream_wait_for_each_other_and_all_win()
    {
        await OpenAsync("account-29");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => n % 2 == 0 ? AppendAsync() : FetchAsync()));

        await using var reading = store.QuerySession();
        Assert.Equal(18, (await reading.LoadAsync<AccountView>("account-29", Token))!.Balance);

        async Task AppendAsync()
        {
            await using var session = store.LightweightSession();
            await session.Events.AppendExclusive("account-29", Token, new MoneyDeposited(1));
            await session.SaveChangesAsync(Token);
        }

        async Task FetchAsync()
        {
            await using var session = store.LightweightSession();
            (await session.Events.FetchForExclusiveWriting<Account>("account-29", Token)).AppendOne(new MoneyDeposited(1));
            await session.SaveChangesAsync(Token);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    private async Task OpenAsync(string key)
    {
        await using var session = store.LightweightSession();
        session.Events.StartStream<Account>(key, new AccountOpened("Ann", 10));
        await session.SaveChangesAsync(Token);
    }
}
