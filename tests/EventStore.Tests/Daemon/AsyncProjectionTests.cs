namespace EventSourced.EventStore.Tests.Daemon;

public sealed class AsyncProjectionTests(AsyncBankDatabase template) : DaemonTest(template)
{
    [Fact]
    public async Task Events_are_routed_by_their_metadata_as_well()
    {
        await using var store = Bank.Store(options => options.Projections.Add<DayTotalsProjection>(ProjectionLifecycle.Async));
        await store.ApplyAllConfiguredChangesToDatabaseAsync(Token);
        await AppendAsync("account-1", new MoneyDeposited(1));
        await AppendAsync("account-2", new MoneyDeposited(2));
        await using var daemon = await StartedAsync(store);
        await daemon.WaitForNonStaleData(Soon);

        Assert.Equal(
            await Bank.ScalarAsync<string>("select to_char(min(timestamp) at time zone 'utc', 'YYYY-MM-DD') || ' 3, of account-1 1, of account-2 2' from mt_events"),
            await Bank.ScalarAsync<string>("select string_agg(id || ' ' || (data ->> 'Total'), ', ' order by id) from mt_doc_daytotals"));
        Assert.All(await store.Advanced.VerifyAsync("DayTotals", Token), report => Assert.True(report.IsEqual, report.ToString()));
    }

    [Fact]
    public async Task Events_of_many_streams_gather_in_their_documents()
    {
        await using var daemon = await StartedAsync();
        for (var account = 1; account <= 20; account++)
            await AppendAsync($"account-{account}", new AccountOpened("Ann", 0), new MoneyDeposited(account, "salary"), new MoneyDeposited(1, "gift"));

        await daemon.WaitForNonStaleData(Soon);

        await using var session = Store.QuerySession();
        Assert.Equal(new NoteTotals("salary", 20, 210), await session.LoadAsync<NoteTotals>("salary", Token));
        Assert.Equal(new NoteTotals("gift", 20, 20), await session.LoadAsync<NoteTotals>("gift", Token));
        Assert.Equal([1m, 1m], (await session.LoadAsync<AccountActivity>("account-1", Token))!.Movements);
        Assert.Equal(20, await Bank.ScalarAsync<int>("select count from mt_doc_notetotals where id = 'gift'"));
    }

    [Fact]
    public async Task Versions_are_the_sequence_of_many_streams_and_the_version_of_one()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new AccountOpened("Ann", 0), new MoneyDeposited(5, "a"));
        await AppendAsync("account-2", new AccountOpened("Bob", 0), new MoneyDeposited(6, "a"), new MoneyWithdrawn(1));

        await daemon.WaitForNonStaleData(Soon);

        Assert.Equal(4, await Bank.ScalarAsync<long>("select mt_version from mt_doc_notetotals where id = 'a'"));
        Assert.Equal(3, await Bank.ScalarAsync<long>("select mt_version from mt_doc_accountactivity where id = 'account-2'"));
        Assert.Equal("EventSourced.EventStore.Tests.Daemon.NoteTotals", await Bank.ScalarAsync<string>("select mt_dotnet_type from mt_doc_notetotals"));
        Assert.Equal(5, await Bank.ScalarAsync<long>("select min(last_seq_id) from mt_event_progression"));
        Assert.Equal(
            "AccountActivity:All, EventSourced.EventStore.Tests.Daemon.LargeDepositsProjection:All, HighWaterMark, NoteTotals:All",
            await Bank.ScalarAsync<string>("""select string_agg(name, ', ' order by name collate "C") from mt_event_progression"""));
    }

    [Fact]
    public async Task A_deleting_event_deletes_and_flat_tables_get_their_rows()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new AccountOpened("Ann", 0), new MoneyDeposited(5_000), new AccountClosed("moved"));
        await AppendAsync("account-2", new AccountOpened("Bob", 0), new MoneyDeposited(5));

        await daemon.WaitForNonStaleData(Soon);

        await using var session = Store.QuerySession();
        Assert.Null(await session.LoadAsync<AccountActivity>("account-1", Token));
        Assert.NotNull(await session.LoadAsync<AccountActivity>("account-2", Token));
        Assert.Equal("account-1", await Bank.ScalarAsync<string>("select stream from es.large_deposits"));
    }

    [Fact]
    public async Task A_long_log_is_caught_up_page_by_page()
    {
        for (var account = 0; account < 40; account++)
            await AppendAsync($"account-{account}", [new AccountOpened("Ann", 0), .. Enumerable.Repeat(new MoneyDeposited(1, "same"), 60)]);

        await using var daemon = await StartedAsync();
        await daemon.WaitForNonStaleData(Soon);

        await using var session = Store.QuerySession();
        Assert.Equal(new NoteTotals("same", 2_400, 2_400), await session.LoadAsync<NoteTotals>("same", Token));
    }

    [Fact]
    public async Task Two_processes_share_the_shards_and_one_takes_over_what_the_other_leaves()
    {
        await using var otherStore = Bank.Store();
        await using var daemon = await StartedAsync();
        var other = await StartedAsync(otherStore);
        await AppendAsync("account-1", new MoneyDeposited(1, "a"));
        await daemon.WaitForNonStaleData(Soon);

        // Three shards, two processes: the second gets its part once it has been seen.
        while (await Bank.ScalarAsync<long>("""
            select count(distinct l.pid) from pg_locks l join pg_stat_activity a using (pid)
            where l.locktype = 'advisory' and a.datname = current_database() and a.application_name = 'eventsourced leases'
            """) < 2)
            await Store.WakeUps.WaitAsync("nothing", TimeSpan.FromMilliseconds(50), Token);

        await AppendAsync("account-2", new MoneyDeposited(1, "a"));
        await daemon.WaitForNonStaleData(Soon);
        await other.DisposeAsync();
        await AppendAsync("account-3", new MoneyDeposited(1, "a"));
        await daemon.WaitForNonStaleData(Soon);

        await using var session = Store.QuerySession();
        Assert.Equal(new NoteTotals("a", 3, 3), await session.LoadAsync<NoteTotals>("a", Token));
    }

    [Fact]
    public async Task A_shard_that_lost_its_lease_unknowingly_is_fenced_by_its_progress()
    {
        await using var otherStore = Bank.Store();
        await using var daemon = await StartedAsync();
        await using var other = await StartedAsync(otherStore);
        for (var n = 0; n < 40; n++)
        {
            await AppendAsync($"account-{n}", new MoneyDeposited(1, "a"));
            await Bank.ExecuteAsync("""
                select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and application_name in ('eventsourced leases', 'eventsourced mark')
                """);
        }

        await daemon.WaitForNonStaleData(Soon);

        await using var session = Store.QuerySession();
        Assert.Equal(new NoteTotals("a", 40, 40), await session.LoadAsync<NoteTotals>("a", Token));
    }

    [Fact]
    public async Task Waiting_without_a_daemon_names_what_is_behind()
    {
        await AppendAsync("account-1", new MoneyDeposited(1));
        await using var daemon = Store.BuildProjectionDaemon();

        var late = await Assert.ThrowsAsync<TimeoutException>(() => daemon.WaitForNonStaleData(TimeSpan.Zero));

        Assert.Contains("NoteTotals:All is at 0", late.Message, StringComparison.Ordinal);
    }
}

/// <summary>Gathers what happened to all streams on one day.</summary>
public sealed record DayTotals(string Id, decimal Total);

public sealed partial class DayTotalsProjection : MultiStreamProjection<DayTotals, string>
{
    public DayTotalsProjection()
    {
        Identity<IEvent<MoneyDeposited>>(e => $"{e.Timestamp:yyyy-MM-dd}");
        Identities<IEvent<MoneyDeposited>>(e => [$"of {e.StreamKey}"]);
    }

    public static DayTotals Create(MoneyDeposited e) => new("", e.Amount);

    public static DayTotals Apply(MoneyDeposited e, DayTotals view) => view with { Total = view.Total + e.Amount };
}
