using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace EventSourced.EventStore.Tests;

public sealed class SessionTests(BankDatabase database) : IClassFixture<BankDatabase>, IAsyncDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ManualClock clock = new(Noon.AddTicks(7));
    private DocumentStore? opened;

    private DocumentStore Store => opened ??= database.Store(o => o.TimeProvider = clock);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => opened?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Metadata_comes_from_the_event_first_and_then_from_the_session()
    {
        await using var session = Store.LightweightSession();
        (session.CorrelationId, session.CausationId, session.LastModifiedBy) = ("corr", "cause", "user-7");
        session.SetHeader("by", "api");
        var own = Event.For(new AccountOpened("Ann", 1));
        (own.CorrelationId, own.CausationId, own.UserName) = ("own-corr", "own-cause", "node-3");
        own.SetHeader("by", "node");
        own.SetHeader("attempt", 2);
        session.Events.StartStream<Account>("meta-1", own, new MoneyDeposited(1));
        await session.SaveChangesAsync(Token);

        var events = await session.Events.FetchStreamAsync("meta-1", token: Token);
        Assert.Equal(("own-corr", "own-cause", "node-3"), (events[0].CorrelationId, events[0].CausationId, events[0].UserName));
        Assert.Equal(("corr", "cause", "user-7"), (events[1].CorrelationId, events[1].CausationId, events[1].UserName));
        Assert.Equal(("node", 2L), (events[0].GetHeader("by"), events[0].GetHeader("attempt")));
        Assert.Equal("api", events[1].GetHeader("by"));
        Assert.Equal(own.Id, events[0].Id);
        Assert.Equal(7, own.Id.Version);
    }

    [Fact]
    public async Task Without_headers_the_store_names_itself()
    {
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Account>("meta-2", new AccountOpened("Ann", 1));
        await session.SaveChangesAsync(Token);
        Assert.Equal("{\"by\": \"store\"} *DEFAULT* EventSourced.EventStore.Tests.AccountOpened, EventSourced.EventStore.Tests f", await database.ScalarAsync<string>(
            "select headers::text || ' ' || tenant_id || ' ' || mt_dotnet_type || ' ' || case when is_archived then 't' else 'f' end from mt_events where stream_id = 'meta-2'"));
    }

    [Fact]
    public async Task Time_is_the_stores_in_whole_microseconds_and_the_same_for_the_view_and_the_stream()
    {
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Account>("time-1", new AccountOpened("Ann", 1), new MoneyDeposited(1));
        await session.SaveChangesAsync(Token);
        var events = await session.Events.FetchStreamAsync("time-1", token: Token);
        Assert.All(events, e => Assert.Equal(Noon, e.Timestamp));
        Assert.Equal(Noon, (await session.LoadAsync<AccountView>("time-1", Token))!.LastChange);
        Assert.Equal(Noon, (await session.Events.FetchStreamStateAsync("time-1", Token))!.LastTimestamp);
    }

    [Fact]
    public async Task An_aggregate_whose_methods_take_metadata_is_folded_with_it()
    {
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Account>("dated-1", new AccountOpened("Ann", 1), new MoneyDeposited(2));
        await session.SaveChangesAsync(Token);

        var view = await session.Events.AggregateStreamAsync<AccountView>("dated-1", token: Token);

        Assert.Equal(new AccountView("dated-1", "Ann", 3, AccountStatus.Open, Noon, 2), view);
    }

    [Fact]
    public async Task A_stream_is_folded_as_of_a_version_or_a_time()
    {
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Account>("past-1", new AccountOpened("Ann", 1));
        await session.SaveChangesAsync(Token);
        clock.Advance(TimeSpan.FromHours(1));
        session.Events.Append("past-1", new MoneyDeposited(10));
        await session.SaveChangesAsync(Token);

        Assert.Equal(1, (await session.Events.AggregateStreamAsync<Account>("past-1", version: 1, token: Token))!.Balance);
        Assert.Equal(1, (await session.Events.AggregateStreamAsync<Account>("past-1", timestamp: Noon.AddMinutes(59), token: Token))!.Balance);
        Assert.Equal(11, (await session.Events.AggregateStreamAsync<Account>("past-1", timestamp: Noon.AddMinutes(61), token: Token))!.Balance);
        var known = await session.Events.AggregateStreamAsync<Account>("past-1", version: 1, token: Token);
        Assert.Equal(11, (await session.Events.AggregateStreamAsync("past-1", state: known, fromVersion: 2, token: Token))!.Balance);
        Assert.Equal([2L], (await session.Events.FetchStreamAsync("past-1", fromVersion: 2, token: Token)).Select(e => e.Version));
        Assert.Null(await session.Events.AggregateStreamAsync<Account>("past-1", timestamp: Noon.AddMinutes(-1), token: Token));
    }

    [Fact]
    public async Task One_event_is_found_by_its_id()
    {
        await using var session = Store.LightweightSession();
        var opening = Event.For(new AccountOpened("Ann", 1));
        session.Events.StartStream<Account>("find-1", opening);
        await session.SaveChangesAsync(Token);
        Assert.Equal("find-1", (await session.Events.LoadAsync(opening.Id, Token))!.StreamKey);
        Assert.Null(await session.Events.LoadAsync(Guid.NewGuid(), Token));
    }

    [Fact]
    public async Task What_is_queued_commits_with_the_events_or_not_at_all()
    {
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Account>("all-1", new AccountOpened("Ann", 1));
        session.Store(new Note("all-1", "first", 1));
        session.QueueSqlCommand("insert into es.movements values (?, ?, ?)", "all-1", 99L, 1m);
        await session.SaveChangesAsync(Token);
        Assert.Equal(1L, await database.ScalarAsync<long>("select count(*) from es.movements where stream = 'all-1'"));

        session.Events.StartStream<Account>("all-1", new AccountOpened("Ann", 1));
        session.Store(new Note("all-1", "second", 1));
        session.QueueSqlCommand("delete from es.movements where stream = ?", "all-1");
        await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(() => session.SaveChangesAsync(Token));
        Assert.Equal("first", (await session.LoadAsync<Note>("all-1", Token))!.Text);
        Assert.Equal(1L, await database.ScalarAsync<long>("select count(*) from es.movements where stream = 'all-1'"));
    }

    [Fact]
    public async Task A_guard_that_raises_ES001_rolls_everything_back()
    {
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Account>("guard-1", new AccountOpened("Ann", 1));
        session.QueueSqlCommand("with d as (delete from es.movements where stream = ? returning 1::bigint) select coalesce((select max(int8) from d), es.conflict())", "none");
        await Assert.ThrowsAsync<ConcurrencyException>(() => session.SaveChangesAsync(Token));
        Assert.Null(await session.Events.FetchStreamStateAsync("guard-1", Token));
    }

    [Fact]
    public async Task A_connection_lost_in_the_middle_of_a_save_leaves_nothing()
    {
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Account>("crash-1", new AccountOpened("Ann", 1));
        session.Store(new Note("crash-1", "text", 1));
        session.QueueSqlCommand("select pg_terminate_backend(pg_backend_pid())");
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => session.SaveChangesAsync(Token));

        await using var next = Store.LightweightSession();
        Assert.Null(await next.Events.FetchStreamStateAsync("crash-1", Token));
        Assert.Null(await next.LoadAsync<Note>("crash-1", Token));
        next.Events.StartStream<Account>("crash-1", new AccountOpened("Ann", 1));
        await next.SaveChangesAsync(Token);
    }

    [Fact]
    public async Task A_failed_save_can_be_repeated_with_the_same_session()
    {
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Account>("again-1", new AccountOpened("Ann", 1));
        session.QueueSqlCommand("select 1 / (select count(*) from es.movements where stream = 'again-1' and version = 0)");
        await Assert.ThrowsAsync<PostgresException>(() => session.SaveChangesAsync(Token));
        await database.ExecuteAsync("insert into es.movements values ('again-1', 0, 0)");
        await session.SaveChangesAsync(Token);
        Assert.Equal(1, (await session.LoadAsync<AccountView>("again-1", Token))!.Balance);
    }

    [Fact]
    public async Task Reads_of_an_open_transaction_lock_until_the_save()
    {
        await using (var setup = Store.LightweightSession())
        {
            setup.QueueSqlCommand("insert into es.movements values ('lock-1', 1, 0), ('lock-1', 2, 0)");
            await setup.SaveChangesAsync(Token);
        }

        const string Take = "select version from es.movements where stream = 'lock-1' and amount = 0 order by version limit 1 for update skip locked";
        await using var first = Store.LightweightSession();
        await using var second = Store.LightweightSession();
        await first.BeginTransactionAsync(Token);
        await second.BeginTransactionAsync(Token);
        Assert.Equal(1L, Assert.Single(await first.QueryAsync<long>(Take, Token)));
        Assert.Equal(2L, Assert.Single(await second.QueryAsync<long>(Take, Token)));
        first.QueueSqlCommand("update es.movements set amount = 5 where stream = 'lock-1' and version = ?", 1);
        await first.SaveChangesAsync(Token);
        await second.DisposeAsync();
        await using var third = Store.LightweightSession();
        Assert.Equal(2L, Assert.Single(await third.QueryAsync<long>(Take, Token)));
    }

    [Fact]
    public async Task A_lost_race_in_an_open_transaction_rolls_it_back()
    {
        await using var session = Store.LightweightSession();
        await session.BeginTransactionAsync(Token);
        await using (var reader = await session.ExecuteReaderAsync(new NpgsqlCommand("insert into es.movements values ('tx-1', 1, 1) returning version"), Token))
            await reader.ReadAsync(Token);

        session.Events.Append("tx-1", 5, new MoneyDeposited(1));
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync(Token));
        Assert.Equal(0L, await database.ScalarAsync<long>("select count(*) from es.movements where stream = 'tx-1'"));
    }

    [Fact]
    public async Task An_archived_event_archives_its_stream_in_the_same_save()
    {
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Account>("end-1", new AccountOpened("Ann", 1));
        await session.SaveChangesAsync(Token);
        session.Events.Append("end-1", new Archived("done"));
        await session.SaveChangesAsync(Token);
        Assert.True((await session.Events.FetchStreamStateAsync("end-1", Token))!.IsArchived);
        Assert.Equal(2L, await database.ScalarAsync<long>("select count(*) from mt_events where stream_id = 'end-1' and is_archived"));
        Assert.Equal("archived {\"Reason\": \"done\"}", await database.ScalarAsync<string>("select type || ' ' || data::text from mt_events where stream_id = 'end-1' and version = 2"));
    }

    [Fact]
    public async Task A_session_goes_on_after_a_save()
    {
        await using var session = Store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Account>("on-1", Token);
        stream.AppendOne(new AccountOpened("Ann", 1));
        await session.SaveChangesAsync(Token);
        Assert.Equal(("on-1", 1L), (session.PendingChanges.Streams()[0].Key, session.PendingChanges.Streams()[0].Version));
        stream.AppendMany(new MoneyDeposited(1), new MoneyDeposited(2));
        Assert.Equal((3L, 2), (stream.CurrentVersion, stream.Events.Count));
        await session.SaveChangesAsync(Token);
        Assert.Equal([2L, 3L], session.PendingChanges.Streams()[0].Events.Select(e => e.Version));
        await session.SaveChangesAsync(Token);
        Assert.Equal((4m, 3L), await session.LoadAsync<AccountView>("on-1", Token) is { } view ? (view.Balance, view.Version) : default);
    }

    [Fact]
    public async Task The_loser_of_two_who_fetched_a_missing_stream_lost_a_race()
    {
        await using var first = Store.LightweightSession();
        await using var second = Store.LightweightSession();
        (await first.Events.FetchForWriting<Account>("race-1", Token)).AppendOne(new AccountOpened("Ann", 1));
        (await second.Events.FetchForWriting<Account>("race-1", Token)).AppendOne(new AccountOpened("Bob", 1));
        await first.SaveChangesAsync(Token);
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => second.SaveChangesAsync(Token));
    }

    [Fact]
    public async Task What_a_caller_does_to_an_aggregate_it_fetched_is_not_saved()
    {
        await using var store = database.Store(o => o.Projections.Snapshot<Counter>(SnapshotLifecycle.Inline));
        await store.ApplyAllConfiguredChangesToDatabaseAsync(Token);
        await using var session = store.LightweightSession();
        session.Events.StartStream<Counter>("count-1", new MoneyDeposited(1));
        await session.SaveChangesAsync(Token);

        var stream = await session.Events.FetchForWriting<Counter>("count-1", Token);
        stream.Aggregate!.Apply(new MoneyDeposited(2));
        stream.AppendOne(new MoneyDeposited(2));
        await session.SaveChangesAsync(Token);

        Assert.Equal(3, (await session.LoadAsync<Counter>("count-1", Token))!.Total);
    }

    /// <summary>Changed in place by its events.</summary>
    public sealed class Counter
    {
        public string Id { get; set; } = "";

        public decimal Total { get; set; }

        public void Apply(MoneyDeposited e) => Total += e.Amount;
    }

    [Fact]
    public async Task Fetching_at_another_version_is_refused_at_once()
    {
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Account>("at-1", new AccountOpened("Ann", 1));
        await session.SaveChangesAsync(Token);
        Assert.Equal(1, (await session.Events.FetchForWriting<Account>("at-1", 1, Token)).StartingVersion);
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.Events.FetchForWriting<Account>("at-1", 2, Token));
    }

    [Fact]
    public async Task A_foreign_writer_between_read_and_save_makes_the_save_lose()
    {
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Account>("race-2", new AccountOpened("Ann", 1));
        await session.SaveChangesAsync(Token);
        var stream = await session.Events.FetchForWriting<Account>("race-2", Token);
        stream.AppendOne(new MoneyDeposited(1));

        // As Marten in the moment between its event and its update of the stream's row.
        await database.ExecuteAsync("insert into mt_events (seq_id, id, stream_id, version, data, type) values (nextval('mt_events_sequence'), gen_random_uuid(), 'race-2', 2, '{}', 'x')");
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync(Token));
        Assert.Equal(1, (await session.LoadAsync<AccountView>("race-2", Token))!.Balance);
    }

    [Fact]
    public async Task A_host_gets_one_store_and_a_session_per_scope()
    {
        await using var host = new ServiceCollection().AddSingleton<TimeProvider>(clock)
            .AddEventStore((_, options) => options.ConnectionString = database.ConnectionString).BuildServiceProvider();
        await using var scope = host.CreateAsyncScope();
        Assert.Same(scope.ServiceProvider.GetRequiredService<IDocumentSession>(), scope.ServiceProvider.GetRequiredService<IDocumentSession>());
        Assert.NotNull(scope.ServiceProvider.GetRequiredService<IQuerySession>());
        var store = host.GetRequiredService<IDocumentStore>();
        Assert.Same(clock, store.Options.TimeProvider);
        Assert.StartsWith(StoreOptions.ApplicationNamePrefix, new NpgsqlConnectionStringBuilder(store.DataSource.ConnectionString).ApplicationName, StringComparison.Ordinal);
    }
}
