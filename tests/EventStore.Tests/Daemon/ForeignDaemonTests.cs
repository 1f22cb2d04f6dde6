using EventSourced.EventStore.Daemon;
using Npgsql;

namespace EventSourced.EventStore.Tests.Daemon;

/// <summary>Marten's daemon beside ours: its locks, its rows (marten-schema 15 and 16).</summary>
public sealed class ForeignDaemonTests(AsyncBankDatabase template) : DaemonTest(template)
{
    [Fact]
    public async Task A_shard_whose_lock_a_foreign_daemon_holds_is_left_to_it()
    {
        await using var foreign = new NpgsqlConnection(Bank.ConnectionString);
        await foreign.OpenAsync(Token);
        await using var transaction = await foreign.BeginTransactionAsync(Token);
        await RunAsync(foreign, $"select pg_advisory_xact_lock({AdvisoryLock.KeyOf("NoteTotals:All")})");
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new MoneyDeposited(1, "a"));

        while (await LoadAsync<AccountActivity>("account-1") is null)
            await Store.WakeUps.WaitAsync("nothing", TimeSpan.FromMilliseconds(50), Token);

        var late = await Assert.ThrowsAsync<TimeoutException>(() => daemon.WaitForNonStaleData(TimeSpan.Zero));
        Assert.Contains("NoteTotals:All is at 0", late.Message, StringComparison.Ordinal);

        await transaction.RollbackAsync(Token);
        await daemon.WaitForNonStaleData(Soon);
        Assert.Equal(new NoteTotals("a", 1, 1), await LoadAsync<NoteTotals>("a"));
    }

    [Fact]
    public async Task A_projection_whose_lock_a_foreign_daemon_holds_is_neither_rebuilt_nor_resumed()
    {
        await AppendAsync("account-1", new MoneyDeposited(1, "a"));
        await Bank.ExecuteAsync("insert into es.parked (shard, document_id, seq_id, error) values ('NoteTotals:All', 'a', 1, 'by hand')");
        await using var daemon = Store.BuildProjectionDaemon();
        await using var foreign = new NpgsqlConnection(Bank.ConnectionString);
        await foreign.OpenAsync(Token);
        await RunAsync(foreign, $"set application_name = 'marten'; select pg_advisory_lock({AdvisoryLock.KeyOf("NoteTotals:All")})");

        await Assert.ThrowsAsync<ShardRunElsewhereException>(() => daemon.RebuildProjectionAsync("NoteTotals", Token));
        await Assert.ThrowsAsync<ShardRunElsewhereException>(() => Store.Advanced.ResumeParkedAsync("NoteTotals", "a", Token));

        await RunAsync(foreign, "select pg_advisory_unlock_all()");
        await daemon.RebuildProjectionAsync("NoteTotals", Token);
    }

    [Fact]
    public async Task Progress_that_a_foreign_daemon_made_is_gone_on_from()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new MoneyDeposited(1, "a"));
        await daemon.WaitForNonStaleData(Soon);

        // As its batch: documents and progress in one transaction, the floor as the condition.
        await using (var foreign = new NpgsqlConnection(Bank.ConnectionString))
        {
            await foreign.OpenAsync(Token);
            await RunAsync(foreign, """
                with e as (
                    insert into mt_streams (id, version) values ('account-2', 1)),
                n as (
                    insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp)
                    values (nextval('mt_events_sequence'), gen_random_uuid(), 'account-2', 1, '{"Amount": 2, "Note": "a"}', 'money_deposited', now())),
                p as (
                    update mt_event_progression set last_seq_id = 2, last_updated = transaction_timestamp() where name = 'NoteTotals:All' and last_seq_id = 1 returning 1)
                update mt_doc_notetotals set data = '{"Id": "a", "Count": 2, "Total": 3}', mt_version = 2, count = 2 from p where id = 'a'
                """);
        }

        await AppendAsync("account-3", new MoneyDeposited(4, "a"));
        await daemon.WaitForNonStaleData(Soon);

        Assert.Equal(new NoteTotals("a", 3, 7), await LoadAsync<NoteTotals>("a"));
        Assert.Equal(3, await Bank.ScalarAsync<long>("select mt_version from mt_doc_notetotals where id = 'a'"));
    }

    [Fact]
    public async Task A_raised_version_is_built_beside_under_its_own_names()
    {
        await AppendAsync("account-1", new MoneyDeposited(1, "a"));
        await using (var before = await StartedAsync())
            await before.WaitForNonStaleData(Soon);

        await using var raised = Bank.Store(options => options.Projections.Add(new AllDepositsProjection { Version = 2 }, ProjectionLifecycle.Async));
        await raised.ApplyAllConfiguredChangesToDatabaseAsync(Token);
        await using var daemon = await StartedAsync(raised);
        await daemon.WaitForNonStaleData(Soon);

        Assert.Equal(1, await Bank.ScalarAsync<long>("select last_seq_id from mt_event_progression where name = 'AllDeposits:V2:All'"));
        Assert.Equal("all 1", await Bank.ScalarAsync<string>("select id || ' ' || mt_version from mt_doc_alldeposits_2"));
    }

    [Fact]
    public async Task Martens_bookkeeping_rows_are_no_shards_and_an_inline_projection_has_none()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new AccountOpened("Ann", 0), new MoneyDeposited(1, "a"));
        await daemon.WaitForNonStaleData(Soon);
        await daemon.RebuildProjectionAsync("AccountView", Token);
        await Bank.ExecuteAsync("insert into mt_event_progression (name, last_seq_id) values ('HighWaterAllocationFence', 9), ('HighWaterStuckGap', 9)");

        Assert.Equal(
            ["AccountActivity:All", "EventSourced.EventStore.Tests.Daemon.LargeDepositsProjection:All", "HighWaterMark", "NoteTotals:All"],
            (await Store.Advanced.AllProjectionProgress(token: Token)).Select(s => s.ShardName).Order(StringComparer.Ordinal));
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
