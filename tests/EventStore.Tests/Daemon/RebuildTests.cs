namespace EventSourced.EventStore.Tests.Daemon;

public sealed class RebuildTests(AsyncBankDatabase template) : DaemonTest(template)
{
    [Theory]
    [InlineData("NoteTotals", "update mt_doc_notetotals set data = '{}', mt_version = 0, count = 7", "select data::text || mt_version || count from mt_doc_notetotals")]
    [InlineData("AccountActivity", "delete from mt_doc_accountactivity", "select data::text || mt_version from mt_doc_accountactivity")]
    [InlineData("AccountView", "update mt_doc_accountview set data = '{}', status = null", "select data::text || mt_version || status || balance from mt_doc_accountview")]
    [InlineData("EventSourced.EventStore.Tests.MovementsProjection", "delete from es.movements", "select m::text from es.movements m")]
    [InlineData("EventSourced.EventStore.Tests.Daemon.LargeDepositsProjection", "update es.large_deposits set amount = 1", "select l::text from es.large_deposits l")]
    public async Task What_was_damaged_is_as_it_was(string projection, string damage, string content)
    {
        await using var daemon = await StartedAsync();
        for (var account = 1; account <= 30; account++)
        {
            await AppendAsync($"account-{account}", new AccountOpened($"Owner {account}", account), new MoneyDeposited(1_000 + account, $"note {account % 7}"));
            await AppendAsync($"account-{account}", new MoneyWithdrawn(1));
        }

        await daemon.WaitForNonStaleData(Soon);
        var whole = $"select string_agg(r, E'\\n' order by r collate \"C\") from ({content}) x(r)";
        var before = await Bank.ScalarAsync<string>(whole);
        await Bank.ExecuteAsync(damage);
        Assert.NotEqual(before, await Bank.ScalarAsync<string>(whole));

        await daemon.RebuildProjectionAsync(projection, Token);

        Assert.Equal(before, await Bank.ScalarAsync<string>(whole));
    }

    [Fact]
    public async Task The_new_table_has_the_shape_and_names_of_the_old_one()
    {
        const string Shape = """
            select string_agg(x, E'\n' order by x) from (
              select format('%s %s %s %s', attname, atttypid::regtype, attnotnull, pg_get_expr(adbin, adrelid)) x
                from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
                where attrelid in ('mt_doc_accountview'::regclass, 'es.large_deposits'::regclass) and attnum > 0
              union all select conname || pg_get_constraintdef(oid) from pg_constraint where conrelid in ('mt_doc_accountview'::regclass, 'es.large_deposits'::regclass)
              union all select reloptions::text from pg_class where oid = 'es.large_deposits'::regclass
              union all select pg_get_indexdef(indexrelid) from pg_index where indrelid in ('mt_doc_accountview'::regclass, 'es.large_deposits'::regclass)) s
            """;
        var before = await Bank.ScalarAsync<string>(Shape);
        await using var daemon = Store.BuildProjectionDaemon();

        await daemon.RebuildProjectionAsync("AccountView", Token);
        await daemon.RebuildProjectionAsync(typeof(LargeDepositsProjection).FullName!, Token);

        Assert.Contains("{fillfactor=70,autovacuum_vacuum_threshold=1000}", before, StringComparison.Ordinal);
        Assert.Equal(before, await Bank.ScalarAsync<string>(Shape));
        Assert.Equal(0, await Bank.ScalarAsync<long>("select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace where nspname in ('es_rebuild', 'es_retired')"));
    }

    [Fact]
    public async Task An_async_projection_never_run_before_begins_where_its_rebuild_ended()
    {
        await AppendAsync("account-1", new MoneyDeposited(1, "a"), new MoneyDeposited(2, "a"));
        await Bank.ExecuteAsync("insert into mt_event_progression (name, last_seq_id) values ('HighWaterMark', 2)");
        await using var daemon = Store.BuildProjectionDaemon();

        await daemon.RebuildProjectionAsync("NoteTotals:All", Token);

        Assert.Equal(new NoteTotals("a", 2, 3), await LoadAsync<NoteTotals>("a"));
        Assert.Contains(new ShardState("NoteTotals:All", 2), await Store.Advanced.AllProjectionProgress(token: Token));
    }

    [Fact]
    public async Task A_failing_event_parks_the_same_documents_as_live()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new MoneyDeposited(1, "bad"), new MoneyDeposited(NoteTotalsProjection.Poison, "bad"), new MoneyDeposited(1, "good"));
        await daemon.WaitForNonStaleData(Soon);
        var live = await Store.Advanced.ParkedDocumentsAsync(null, Token);

        await daemon.RebuildProjectionAsync("NoteTotals", Token);
        await daemon.RebuildProjectionAsync("AccountActivity", Token);

        Assert.Equal(new NoteTotals("bad", 1, 1), await LoadAsync<NoteTotals>("bad"));
        Assert.Equal([1m], (await LoadAsync<AccountActivity>("account-1"))!.Movements);
        var rebuilt = await Store.Advanced.ParkedDocumentsAsync(null, Token);
        Assert.Equal(live.Select(p => (p.Shard, p.DocumentId, p.Sequence, p.Error)), rebuilt.Select(p => (p.Shard, p.DocumentId, p.Sequence, p.Error)));
    }

    [Fact]
    public async Task An_event_projection_that_stores_documents_as_well_is_refused_and_nothing_is_replaced()
    {
        await using var store = Bank.Store(options => options.Projections.Add<NotingProjection>(ProjectionLifecycle.Async));
        await AppendAsync("account-1", new AccountOpened("Ann", 1));
        await using var daemon = store.BuildProjectionDaemon();
        var before = await Bank.ScalarAsync<uint>("select 'es.movements'::regclass::oid");
        await Bank.ExecuteAsync("insert into mt_event_progression (name, last_seq_id) values ('HighWaterMark', 1)");
        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => daemon.RebuildProjectionAsync(typeof(NotingProjection).FullName!, Token));
        Assert.Equal(before, await Bank.ScalarAsync<uint>("select 'es.movements'::regclass::oid"));
        Assert.False(await Bank.ScalarAsync<bool>("select to_regclass('es_rebuild.movements') is not null"));
        Assert.Equal(0, await Bank.ScalarAsync<long>("select count(*) from es.parked"));
    }

    [Fact]
    public async Task An_unknown_name_is_answered_with_the_known_ones()
    {
        await using var daemon = Store.BuildProjectionDaemon();

        var unknown = await Assert.ThrowsAsync<ArgumentException>(() => daemon.RebuildProjectionAsync("Nothing", Token));

        Assert.Contains("AccountActivity, AccountView,", unknown.Message, StringComparison.Ordinal);
    }
}

/// <summary>Says that it writes a flat table, and stores a document.</summary>
public sealed partial class NotingProjection : EventProjection
{
    public NotingProjection() => Options.DeleteDataInTableOnTeardown("es.movements");

    public static void Project(AccountOpened e, IDocumentOperations operations) => operations.Store(new Note(e.Owner, "opened", 1));
}
