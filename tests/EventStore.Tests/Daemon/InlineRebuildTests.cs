using Npgsql;

namespace EventSourced.EventStore.Tests.Daemon;

/// <summary>Inline documents and what replaces or first fills their tables, beside sessions that began before.</summary>
public sealed class InlineRebuildTests(AsyncBankDatabase template) : DaemonTest(template)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_session_that_read_a_wrong_document_before_the_swap_writes_nothing_that_follows_from_it(bool withNeighbour)
    {
        await AppendAsync("account-1", new AccountOpened("Ann", 10));
        await AppendAsync("account-2", new AccountOpened("Bob", 20));
        await DamageAsync();
        await using var daemon = Store.BuildProjectionDaemon();
        await using var session = Store.LightweightSession();
        (await session.Events.FetchForWriting<AccountView>("account-1", Token)).AppendOne(new MoneyDeposited(1));
        if (withNeighbour)
            (await session.Events.FetchForWriting<AccountView>("account-2", Token)).AppendOne(new MoneyDeposited(2));

        await daemon.RebuildProjectionAsync("AccountView", Token);
        await Assert.ThrowsAsync<ConcurrencyException>(() => session.SaveChangesAsync(Token));

        await AppendAsync("account-1", new MoneyDeposited(1));
        Assert.Equal(11, (await LoadAsync<AccountView>("account-1"))!.Balance);
        Assert.Equal(20, (await LoadAsync<AccountView>("account-2"))!.Balance);
        Assert.Equal(3, await Bank.ScalarAsync<long>("select count(*) from mt_events"));
        Assert.All(await Store.Advanced.VerifyAsync("AccountView", Token), report => Assert.True(report.IsEqual, report.ToString()));
    }

    [Fact]
    public async Task A_session_that_read_before_the_swap_does_not_delete_after_it_either()
    {
        await AppendAsync("account-1", new AccountOpened("Ann", 10));
        await using var daemon = Store.BuildProjectionDaemon();
        await using var session = Store.LightweightSession();
        (await session.Events.FetchForWriting<AccountView>("account-1", Token)).AppendOne(new AccountClosed("moved"));

        await daemon.RebuildProjectionAsync("AccountView", Token);
        await Assert.ThrowsAsync<ConcurrencyException>(() => session.SaveChangesAsync(Token));
        Assert.NotNull(await LoadAsync<AccountView>("account-1"));

        await AppendAsync("account-1", new AccountClosed("moved"));
        Assert.Null(await LoadAsync<AccountView>("account-1"));
    }

    [Fact]
    public async Task A_session_that_goes_on_with_its_own_stream_after_a_swap_reads_again()
    {
        await using var daemon = Store.BuildProjectionDaemon();
        await using var session = Store.LightweightSession();
        session.Events.StartStream<AccountView>("account-1", new AccountOpened("Ann", 10));
        await session.SaveChangesAsync(Token);

        await daemon.RebuildProjectionAsync("AccountView", Token);
        session.Events.Append("account-1", new MoneyDeposited(1));
        await session.SaveChangesAsync(Token);

        Assert.Equal(11, (await LoadAsync<AccountView>("account-1"))!.Balance);
    }

    [Fact]
    public async Task While_wrong_documents_are_replaced_under_load_nobody_writes_their_successors()
    {
        const int Accounts = 20;
        for (var n = 0; n < Accounts; n++)
            await AppendAsync($"account-{n}", new AccountOpened("Ann", 0));

        await using var daemon = Store.BuildProjectionDaemon();
        using var stop = new CancellationTokenSource();
        var writing = Enumerable.Range(0, 4).Select(w => Task.Run(() => DepositAsync(w, Accounts, stop.Token), Token)).ToArray();
        for (var round = 0; round < 5; round++)
        {
            await DamageAsync();
            await daemon.RebuildProjectionAsync("AccountView", Token);
        }

        await stop.CancelAsync();
        var deposits = (await Task.WhenAll(writing)).Sum();
        Assert.Equal(deposits, await Bank.ScalarAsync<decimal>("select sum((data ->> 'Balance')::numeric) from mt_doc_accountview"));
        Assert.All(await Store.Advanced.VerifyAsync("AccountView", Token), report => Assert.True(report.IsEqual, report.ToString()));
    }

    [Fact]
    public async Task A_raised_version_of_an_inline_projection_is_filled_when_a_daemon_starts()
    {
        await AppendAsync("account-1", new AccountOpened("Ann", 10), new MoneyDeposited(1));
        await using var raised = Bank.Store(options => options.Projections.Add(new OwnersProjection { Version = 2 }, ProjectionLifecycle.Inline));
        await raised.ApplyAllConfiguredChangesToDatabaseAsync(Token);
        await using var session = raised.LightweightSession();
        Assert.Null(await session.LoadAsync<Owners>("account-1", Token));

        await using (await StartedAsync(raised))
        {
            await FilledAsync("Owners:V2:All");
            Assert.Equal("Ann", (await session.LoadAsync<Owners>("account-1", Token))!.Owner);
        }

        // Once: what somebody removed since is not brought back by the next start.
        await Bank.ExecuteAsync("delete from mt_doc_owners_2");
        session.Events.StartStream<Account>("account-2", new AccountOpened("Bob", 1));
        await session.SaveChangesAsync(Token);
        await using var again = await StartedAsync(raised);
        await again.WaitForNonStaleData(Soon);
        Assert.Equal("account-2", await Bank.ScalarAsync<string>("select string_agg(id, ' ') from mt_doc_owners_2"));
    }

    [Fact]
    public async Task A_rebuild_that_lost_its_lock_replaces_nothing()
    {
        await AppendAsync("account-1", new AccountOpened("Ann", 10));
        var table = await Bank.ScalarAsync<uint>("select 'mt_doc_accountview'::regclass::oid");
        await using var daemon = Store.BuildProjectionDaemon();
        await using var reader = await Bank.DataSource.OpenConnectionAsync(Token);
        await using var reading = await reader.BeginTransactionAsync(Token);
        await using (var command = new NpgsqlCommand("select count(*) from mt_doc_accountview", reader))
            await command.ExecuteScalarAsync(Token);

        var rebuild = daemon.RebuildProjectionAsync("AccountView", Token);
        while (await Bank.ScalarAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 0)
            Assert.False(rebuild.IsCompleted);

        Assert.True(await Bank.ScalarAsync<bool>(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'eventsourced rebuild'"));
        await reading.CommitAsync(Token);

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => rebuild);
        Assert.Equal(table, await Bank.ScalarAsync<uint>("select 'mt_doc_accountview'::regclass::oid"));
        await daemon.RebuildProjectionAsync("AccountView", Token);
        Assert.Equal(10, (await LoadAsync<AccountView>("account-1"))!.Balance);
    }

    [Fact]
    public async Task What_a_gap_keeps_above_the_mark_is_built_before_the_live_table_is_locked()
    {
        await using var writer = await Bank.DataSource.OpenConnectionAsync(Token);
        await using var writing = await writer.BeginTransactionAsync(Token);
        await RunAsync(writer, """
            select mt_quick_append_events('account-0', null, '*DEFAULT*', array[gen_random_uuid()], array['account_opened'], array[null::varchar],
                array['{"Owner": "Zoe", "Balance": 7}'::jsonb], array[null::bytea], array[null::varchar], array[null::varchar], array['null'::jsonb], array[null::varchar], array[now()])
            """);
        for (var n = 1; n <= 10; n++)
            await AppendAsync($"account-{n}", new AccountOpened("Ann", n));

        await using var daemon = Store.BuildProjectionDaemon();
        await using var reader = await Bank.DataSource.OpenConnectionAsync(Token);
        await using var reading = await reader.BeginTransactionAsync(Token);
        await RunAsync(reader, "select count(*) from mt_doc_accountview");
        var rebuild = daemon.RebuildProjectionAsync("AccountView", Token);
        while (await Bank.ScalarAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 0)
            Assert.False(rebuild.IsCompleted);

        await writing.CommitAsync(Token);
        await reading.CommitAsync(Token);
        await rebuild;

        Assert.Equal("account-0", await Bank.ScalarAsync<string>(
            "select string_agg(id, ' ') from mt_doc_accountview where age(xmin) <= (select age(xmin) from es.inline_fills where shard = 'AccountView:All')"));
        Assert.Equal(11, await Bank.ScalarAsync<long>("select count(*) from mt_doc_accountview"));
        Assert.Equal("11 {}", await Bank.ScalarAsync<string>("select up_to || ' ' || missing::text from es.inline_fills where shard = 'AccountView:All'"));
    }

    [Fact]
    public async Task Projections_that_were_there_from_the_first_event_need_no_filling()
    {
        Assert.Equal(
            "AccountView:All EventSourced.EventStore.Tests.MovementsProjection:All",
            await Bank.ScalarAsync<string>("""select string_agg(shard, ' ' order by shard collate "C") from es.inline_fills"""));
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    private Task DamageAsync() => Bank.ExecuteAsync("""update mt_doc_accountview set data = jsonb_set(data, '{Balance}', '700')""");

    private async Task FilledAsync(string shard)
    {
        while (await Bank.ScalarAsync<long>("select count(*) from es.inline_fills where shard = $1", shard) == 0)
            await Store.WakeUps.WaitAsync("nothing", TimeSpan.FromMilliseconds(20), Token);
    }

    private async Task<int> DepositAsync(int writer, int accounts, CancellationToken stop)
    {
        var deposits = 0;
        for (var n = writer; !stop.IsCancellationRequested; n++)
        {
            await using var session = Store.LightweightSession();
            (await session.Events.FetchForWriting<AccountView>($"account-{n % accounts}", Token)).AppendOne(new MoneyDeposited(1));
            try
            {
                await session.SaveChangesAsync(Token);
                deposits++;
            }
            catch (ConcurrencyException)
            {
                // Another writer, or the swap, came in between; nothing of it stays.
            }
        }

        return deposits;
    }
}

/// <summary>Registered when the log has events already.</summary>
public sealed record Owners(string Id, string Owner);

public sealed partial class OwnersProjection : SingleStreamProjection<Owners, string>
{
    public static Owners Create(AccountOpened e) => new("", e.Owner);
}
