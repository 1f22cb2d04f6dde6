namespace EventSourced.EventStore.Tests.Daemon;

/// <summary>What another program appended through Marten is projected as ours is (marten-schema 6, 11 and 12).</summary>
public sealed class ForeignEventTests(AsyncBankDatabase template) : DaemonTest(template)
{
    [Fact]
    public async Task Quick_appends_of_a_foreign_session_are_projected_with_ours()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new AccountOpened("Ann", 0), new MoneyDeposited(1, "a"));
        await QuickAsync("account-1", "money_deposited", """{"Amount": 2, "Note": "a"}""");
        await QuickAsync("account-2", "money_deposited", """{"Amount": 5000, "Note": "a"}""");
        await AppendAsync("account-2", new MoneyDeposited(3, "a"));

        await daemon.WaitForNonStaleData(Soon);

        Assert.Equal(new NoteTotals("a", 4, 5_006), await LoadAsync<NoteTotals>("a"));
        Assert.Equal([1m, 2m], (await LoadAsync<AccountActivity>("account-1"))!.Movements);
        Assert.Equal(3, await Bank.ScalarAsync<long>("select mt_version from mt_doc_accountactivity where id = 'account-1'"));
        Assert.Equal("account-2", await Bank.ScalarAsync<string>("select stream from es.large_deposits"));
    }

    [Fact]
    public async Task Tombstones_and_events_without_a_time_do_not_stop_anybody()
    {
        await AppendAsync("account-1", new MoneyDeposited(1, "a"));
        await Bank.ExecuteAsync("""
            insert into mt_streams (id, version) values ('mt_tombstone', 0), ('ancient', 1);
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, headers)
            values (nextval('mt_events_sequence'), gen_random_uuid(), 'mt_tombstone', 2, '{}', 'tombstone', '-infinity', null),
                   (nextval('mt_events_sequence'), gen_random_uuid(), 'ancient', 1, '{"Amount": 2, "Note": "a"}', 'money_deposited', '-infinity', null)
            """);
        await using var daemon = await StartedAsync();

        await daemon.WaitForNonStaleData(Soon);

        Assert.Equal(new NoteTotals("a", 2, 3), await LoadAsync<NoteTotals>("a"));
        Assert.Empty(await Store.Advanced.ParkedDocumentsAsync(null, Token));
        Assert.All(await Store.Advanced.VerifyAsync("NoteTotals", Token), report => Assert.True(report.IsEqual, report.ToString()));
    }

    [Fact]
    public async Task A_compacted_stream_is_rebuilt_from_its_snapshot()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new MoneyDeposited(1), new MoneyDeposited(2), new MoneyDeposited(3));
        await daemon.WaitForNonStaleData(Soon);
        await Bank.ExecuteAsync("""
            delete from mt_events where stream_id = 'account-1' and version = 1;
            update mt_events set type = 'Compacted<AccountActivity>', id = gen_random_uuid(), timestamp = now(), headers = null, mt_dotnet_type = null,
                data = '{"Snapshot": {"Id": "account-1", "Version": 2, "Movements": [1, 2]}, "PreviousStreamId": "00000000-0000-0000-0000-000000000000", "PreviousStreamKey": "account-1"}'
            where stream_id = 'account-1' and version = 2
            """);

        await daemon.RebuildProjectionAsync("AccountActivity", Token);

        Assert.Equal([1m, 2m, 3m], (await LoadAsync<AccountActivity>("account-1"))!.Movements);
        Assert.Equal(3, await Bank.ScalarAsync<long>("select mt_version from mt_doc_accountactivity"));
    }

    [Fact]
    public async Task Events_of_archived_streams_are_left_out_unless_a_projection_includes_them()
    {
        await using var including = Bank.Store(options => options.Projections.Add<AllDepositsProjection>(ProjectionLifecycle.Async));
        await including.ApplyAllConfiguredChangesToDatabaseAsync(Token);
        await AppendAsync("account-1", new MoneyDeposited(1, "a"));
        await AppendAsync("account-2", new MoneyDeposited(2, "a"));
        await Bank.ExecuteAsync("select mt_archive_stream('account-2')");
        await using var daemon = await StartedAsync(including);

        await daemon.WaitForNonStaleData(Soon);
        Assert.Equal(new NoteTotals("a", 1, 1), await LoadAsync<NoteTotals>("a"));
        Assert.Null(await LoadAsync<AccountActivity>("account-2"));
        await using var session = including.QuerySession();
        Assert.Equal(new AllDeposits("all", 3), await session.LoadAsync<AllDeposits>("all", Token));

        await daemon.RebuildProjectionAsync("NoteTotals", Token);
        await daemon.RebuildProjectionAsync("AllDeposits", Token);
        Assert.Equal(new NoteTotals("a", 1, 1), await LoadAsync<NoteTotals>("a"));
        Assert.Equal(new AllDeposits("all", 3), await session.LoadAsync<AllDeposits>("all", Token));
        Assert.All(await including.Advanced.VerifyAsync(null, Token), report => Assert.True(report.IsEqual, report.ToString()));
    }

    [Fact]
    public async Task A_document_stays_when_its_stream_is_archived_and_a_verification_leaves_it_out()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new MoneyDeposited(1));
        await AppendAsync("account-2", new MoneyDeposited(2));
        await daemon.WaitForNonStaleData(Soon);
        await Bank.ExecuteAsync("select mt_archive_stream('account-2')");

        var kept = Assert.Single(await Store.Advanced.VerifyAsync("AccountActivity", Token));
        Assert.Equal([2m], (await LoadAsync<AccountActivity>("account-2"))!.Movements);
        Assert.True(kept.IsEqual, kept.ToString());
        Assert.Equal(1, kept.Tables.Single().Rows);

        await daemon.RebuildProjectionAsync("AccountActivity", Token);
        Assert.Null(await LoadAsync<AccountActivity>("account-2"));
        Assert.Equal([1m], (await LoadAsync<AccountActivity>("account-1"))!.Movements);
    }

    [Fact]
    public async Task Who_processes_a_foreign_archived_event_archives_its_stream_in_the_same_transaction()
    {
        await using var daemon = await StartedAsync();
        await QuickAsync("account-1", "money_deposited", """{"Amount": 1, "Note": "a"}""");
        await QuickAsync("account-1", "archived", """{"Reason": "done"}""");
        await AppendAsync("account-2", new MoneyDeposited(2, "a"));

        await daemon.WaitForNonStaleData(Soon);

        Assert.Equal(2L, await Bank.ScalarAsync<long>("select count(*) from mt_events where is_archived and stream_id = 'account-1'"));
        Assert.Equal("account-1", await Bank.ScalarAsync<string>("select string_agg(id, ' ') from mt_streams where is_archived"));
        Assert.Equal([1m], (await LoadAsync<AccountActivity>("account-1"))!.Movements);
    }
}

/// <summary>Counts what archived streams hold too.</summary>
public sealed record AllDeposits(string Id, decimal Total);

public sealed partial class AllDepositsProjection : MultiStreamProjection<AllDeposits, string>
{
    public AllDepositsProjection()
    {
        IncludeArchivedEvents = true;
        Identity<MoneyDeposited>(_ => "all");
    }

    public static AllDeposits Create(MoneyDeposited e) => new("", e.Amount);

    public static AllDeposits Apply(MoneyDeposited e, AllDeposits all) => all with { Total = all.Total + e.Amount };
}
