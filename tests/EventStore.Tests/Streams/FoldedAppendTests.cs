using Npgsql;

namespace EventSourced.EventStore.Tests.Streams;

public sealed class FoldedAppendTests(BankDatabase database) : IClassFixture<BankDatabase>, IAsyncDisposable
{
    private readonly DocumentStore store = database.Store();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task Concurrent_appends_share_transactions_and_each_is_complete()
    {
        await Task.WhenAll(Enumerable.Range(0, 400).Select(n => StartAsync($"many-{n}", n % 3 + 1)));
        Assert.Equal(400L, await database.ScalarAsync<long>("select count(*) from mt_streams where id like 'many-%'"));
        Assert.Equal(0L, await database.ScalarAsync<long>(
            """
            select count(*) from mt_streams s where id like 'many-%' and
                (select array_agg(version order by seq_id) from mt_events e where e.stream_id = s.id) <> (select array_agg(v) from generate_series(1, s.version) v)
            """));
        var transactions = await database.ScalarAsync<long>("select count(distinct xmin::text) from mt_events where stream_id like 'many-%'");
        Assert.InRange(transactions, 7, 399); // at most 64 a statement; fewer statements than appends
    }

    [Fact]
    public async Task Losing_a_fold_is_the_loser_s_conflict_only()
    {
        await StartAsync("contended", 1);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 60).Select(n => Outcome(n % 2 == 0 ? StartAsync($"fine-{n}", 1) : AppendAsync("contended", 2))));
        Assert.Equal(30, outcomes.Where((_, n) => n % 2 == 0).Count(o => o is null));
        Assert.Single(outcomes.Where((_, n) => n % 2 == 1), o => o is null);
        Assert.Equal(29, outcomes.Count(o => o is EventStreamUnexpectedMaxEventIdException { StreamKey: "contended" }));
        Assert.Equal(2L, await database.ScalarAsync<long>("select count(*) from mt_events where stream_id = 'contended'"));
    }

    [Fact]
    public async Task A_fold_that_errors_is_repeated_one_by_one()
    {
        // PostgreSQL refuses a zero character in jsonb, so this one append fails whatever statement it is in.
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Outcome(n % 10 == 0 ? BadAsync($"mixed-{n}") : StartAsync($"mixed-{n}", 1))));
        Assert.All(outcomes.Where((_, n) => n % 10 == 0), o => Assert.Equal(PostgresErrorCodes.UntranslatableCharacter, Assert.IsType<PostgresException>(o).SqlState));
        Assert.All(outcomes.Where((_, n) => n % 10 != 0), Assert.Null);
        Assert.Equal(36L, await database.ScalarAsync<long>("select count(*) from mt_streams where id like 'mixed-%'"));
    }

    [Fact]
    public async Task Starting_a_stream_twice_at_once_succeeds_once()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Outcome(StartAsync("twice", 1))));
        Assert.Single(outcomes, o => o is null);
        Assert.Equal(29, outcomes.Count(o => o is ExistingStreamIdCollisionException { StreamKey: "twice" }));
    }

    [Fact]
    public async Task Appends_without_an_expected_version_all_get_their_place()
    {
        await StartAsync("queue-like", 1);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Outcome(AppendAsync("queue-like", expectedVersion: null))));
        Assert.All(outcomes, Assert.Null);
        Assert.Equal(51L, await database.ScalarAsync<long>("select version from mt_streams where id = 'queue-like'"));
        Assert.Equal(51L, await database.ScalarAsync<long>("select max(version) from mt_events where stream_id = 'queue-like'"));
    }

    [Fact]
    public async Task An_archived_stream_is_refused_in_a_fold_too()
    {
        await StartAsync("old", 1);
        await database.ExecuteAsync("select mt_archive_stream('old')");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Outcome(n % 2 == 0 ? AppendAsync("old", null) : AppendAsync("old", 2))));
        Assert.All(outcomes, o => Assert.IsType<InvalidStreamOperationException>(o));
    }

    [Fact]
    public async Task After_lost_connections_the_lanes_go_on()
    {
        await StartAsync("before", 1);
        await database.ScalarAsync<bool>("select bool_and(pg_terminate_backend(pid)) from pg_stat_activity where application_name like 'eventsourced%' and datname = current_database()");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => Outcome(StartAsync($"lost-{n}", 1))));
        Assert.All(outcomes, o => Assert.True(o is null or NpgsqlException));
        await StartAsync("after", 1);
        Assert.Equal(
            outcomes.Count(o => o is null), await database.ScalarAsync<long>("select count(*) from mt_streams where id like 'lost-%'"));
    }

    [Fact]
    public async Task An_append_whose_stream_somebody_holds_waits_and_stops_no_other()
    {
        await StartAsync("held", 1);
        await using var holder = await database.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await holder.BeginTransactionAsync(Token);
        await ExecuteAsync(holder, "select 1 from mt_streams where id = 'held' for update");
        Task[] held = [.. Enumerable.Range(0, 5).Select(_ => AppendAsync("held", expectedVersion: null))];
        await WaitingAsync(1);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(n => StartAsync($"free-{n}", 1)));
        Assert.DoesNotContain(held, append => append.IsCompleted);

        await transaction.CommitAsync(Token);
        await Task.WhenAll(held);
        Assert.Equal(6L, await database.ScalarAsync<long>("select version from mt_streams where id = 'held'"));
    }

    [Fact]
    public async Task An_append_waits_for_its_stream_as_long_as_its_session_lets_it()
    {
        await StartAsync("held-2", 1);
        await using var holder = await database.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await holder.BeginTransactionAsync(Token);
        await ExecuteAsync(holder, "select 1 from mt_streams where id = 'held-2' for update");

        var refused = await Assert.ThrowsAsync<PostgresException>(() => SaveAsync(s =>
        {
            s.LockTimeout = TimeSpan.FromMilliseconds(20);
            s.Events.Append("held-2", new Plain(1, "text"));
        }));

        Assert.Equal(PostgresErrorCodes.LockNotAvailable, refused.SqlState);
    }

    [Fact]
    public async Task An_append_that_waits_can_be_cancelled_and_is_not_written()
    {
        await StartAsync("blocked-1", 1);
        await using var blocker = await database.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await blocker.BeginTransactionAsync(Token);
        await ExecuteAsync(blocker, "lock table mt_streams in exclusive mode");
        var blocked = AppendAsync("blocked-1", 2);
        await WaitingAsync(1);

        using var impatient = new CancellationTokenSource();
        await using var session = store.LightweightSession();
        session.Events.StartStream<Account>("impatient", new Plain(1, "text"));
        var save = session.SaveChangesAsync(impatient.Token);
        await using var behind = store.LightweightSession();
        behind.Events.Append("blocked-1", new Plain(1, "text"));
        var second = behind.SaveChangesAsync(impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => save);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);

        await transaction.CommitAsync(Token);
        await blocked;
        await StartAsync("patient", 1);
        Assert.Equal(0L, await database.ScalarAsync<long>("select count(*) from mt_streams where id = 'impatient'"));
        Assert.Equal(2L, await database.ScalarAsync<long>("select version from mt_streams where id = 'blocked-1'"));
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    private async Task WaitingAsync(int backends)
    {
        while (await database.ScalarAsync<long>(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") < backends)
        {
            // The question itself is the pause.
        }
    }

    private static async Task<Exception?> Outcome(Task append) => await Record.ExceptionAsync(() => append);

    private Task BadAsync(string key) => SaveAsync(s => s.Events.StartStream<Account>(key, new Plain(1, "\0")));

    private Task StartAsync(string key, int events) =>
        SaveAsync(s => s.Events.StartStream<Account>(key, [.. Enumerable.Range(0, events).Select(n => new Plain(n, "text"))]));

    private Task AppendAsync(string key, long? expectedVersion) => SaveAsync(s =>
    {
        if (expectedVersion is { } version)
            s.Events.Append(key, version, new Plain(1, "text"));
        else
            s.Events.Append(key, new Plain(1, "text"));
    });

    private async Task SaveAsync(Action<IDocumentSession> act)
    {
        await using var session = store.LightweightSession();
        act(session);
        await session.SaveChangesAsync(Token);
    }

    /// <summary>No projection takes it, so its append carries nothing else.</summary>
    public sealed record Plain(int Number, string Text);
}
