using System.Security.Cryptography;
using Npgsql;

namespace EventSourced.EventStore.Tests.Daemon;

/// <summary>Inline projections and events that no session of ours appended.</summary>
public sealed class InlineForeignTests(AsyncBankDatabase template) : DaemonTest(template)
{
    private const string AllMoved =
        "select (select count(*) from es.movements) = (select count(*) from mt_events where type in ('money_deposited', 'money_withdrawn'))";

    [Fact]
    public async Task Documents_and_flat_tables_take_in_what_others_append()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new AccountOpened("Ann", 1), new MoneyDeposited(2));
        await QuickAsync("account-1", "money_deposited", """{"Amount": 4}""");
        await QuickAsync("account-2", "account_opened", """{"Owner": "Bob", "Balance": 8}""");
        await QuickAsync("account-2", "money_deposited", """{"Amount": 16}""");

        await UntilAsync(AllMoved);

        Assert.Equal((7m, 3L), ((await LoadAsync<AccountView>("account-1"))!.Balance, (await LoadAsync<AccountView>("account-1"))!.Version));
        Assert.Equal(("Bob", 24m), ((await LoadAsync<AccountView>("account-2"))!.Owner, (await LoadAsync<AccountView>("account-2"))!.Balance));
        Assert.Equal("account-1 2 2, account-1 3 4, account-2 2 16", await Bank.ScalarAsync<string>(
            "select string_agg(stream || ' ' || version || ' ' || amount, ', ' order by stream, version) from es.movements"));
        await AssertEqualAsync();
    }

    [Fact]
    public async Task Nothing_is_taken_in_twice_beside_appends_of_ours_and_another_daemon()
    {
        await using var second = Bank.Store();
        await using var daemon = await StartedAsync();
        await using var other = await StartedAsync(second);
        for (var account = 0; account < 4; account++)
            await AppendAsync($"account-{account}", new AccountOpened("Ann", 0));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(() => WriteAsync(writer), Token)));
        await UntilAsync(AllMoved);

        Assert.Equal(80, await Bank.ScalarAsync<long>("select count(*) from es.movements"));
        Assert.Equal(80m, await Bank.ScalarAsync<decimal>("select sum((data ->> 'Balance')::numeric) from mt_doc_accountview"));
        Assert.Empty(await Store.Advanced.ParkedDocumentsAsync(null, Token));
        await AssertEqualAsync();
    }

    [Fact]
    public async Task What_a_rebuild_took_in_is_not_taken_in_again_and_what_it_missed_is()
    {
        await using var writer = await Bank.DataSource.OpenConnectionAsync(Token);
        await using var writing = await writer.BeginTransactionAsync(Token);
        await using (var command = new NpgsqlCommand("""
            insert into mt_streams (id, version) values ('account-9', 1);
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp)
            values (nextval('mt_events_sequence'), gen_random_uuid(), 'account-9', 1, '{"Amount": 9}', 'money_deposited', now())
            """, writer))
        {
            await command.ExecuteNonQueryAsync(Token);
        }

        await QuickAsync("account-1", "money_deposited", """{"Amount": 1}""");
        await using var daemon = Store.BuildProjectionDaemon();
        await daemon.RebuildProjectionAsync("EventSourced.EventStore.Tests.MovementsProjection", Token);
        Assert.Equal("2 {[1,2)}", await Bank.ScalarAsync<string>("select up_to || ' ' || missing::text from es.inline_fills where up_to is not null"));
        await writing.CommitAsync(Token);

        await daemon.StartAllAsync();
        await UntilAsync(AllMoved);
        await QuickAsync("account-1", "money_deposited", """{"Amount": 2}""");
        await UntilAsync(AllMoved);

        Assert.Equal("1, 2, 9", await Bank.ScalarAsync<string>("select string_agg(amount::text, ', ' order by amount) from es.movements"));
        Assert.Empty(await Store.Advanced.ParkedDocumentsAsync(null, Token));
    }

    [Fact]
    public async Task One_that_fails_is_parked_alone_and_resumed()
    {
        await Bank.ExecuteAsync("alter table es.movements add constraint lucky check (amount <> 13)");
        await using var daemon = await StartedAsync();
        await QuickAsync("account-1", "money_deposited", """{"Amount": 13}""");
        await QuickAsync("account-1", "money_deposited", """{"Amount": 2}""");
        await UntilAsync("select count(*) = 1 from es.movements");

        var parked = Assert.Single(await Store.Advanced.ParkedDocumentsAsync("EventSourced.EventStore.Tests.MovementsProjection", Token));
        Assert.Equal("event:1", parked.DocumentId);
        await AssertEqualAsync();

        await daemon.RebuildProjectionAsync("EventSourced.EventStore.Tests.MovementsProjection", Token);
        await AppendAsync("account-1", new MoneyDeposited(4));
        Assert.Equal(parked.DocumentId, Assert.Single(await Store.Advanced.ParkedDocumentsAsync(parked.Shard, Token)).DocumentId);
        await AssertEqualAsync();

        await Bank.ExecuteAsync("alter table es.movements drop constraint lucky");
        await Store.Advanced.ResumeParkedAsync(parked.Shard, parked.DocumentId, Token);
        Assert.Equal("13, 2, 4", await Bank.ScalarAsync<string>("select string_agg(amount::text, ', ' order by version) from es.movements"));
        await AssertEqualAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_document_that_the_database_refuses_is_parked_and_no_other(bool rebuilt)
    {
        await using var daemon = Store.BuildProjectionDaemon();
        await QuickAsync("account-1", "account_opened", $$"""{"Owner": "{{RandomNumberGenerator.GetHexString(6_000)}}", "Balance": 1}"""); // its index holds no such key
        await QuickAsync("account-2", "account_opened", """{"Owner": "Bob", "Balance": 2}""");
        await QuickAsync("account-2", "money_deposited", """{"Amount": 2}""");
        if (rebuilt)
            await daemon.RebuildProjectionAsync("AccountView", Token);

        await daemon.StartAllAsync();
        await UntilAsync(AllMoved);

        Assert.Equal(4, (await LoadAsync<AccountView>("account-2"))!.Balance);
        Assert.Equal("account-1", Assert.Single(await Store.Advanced.ParkedDocumentsAsync("AccountView", Token)).DocumentId);
    }

    [Fact]
    public async Task Every_event_of_ours_says_who_executed()
    {
        await AppendAsync("account-1", new MoneyDeposited(1));
        await using var session = Store.LightweightSession();
        session.SetHeader("region", "eu");
        session.Events.Append("account-1", new MoneyDeposited(1));
        await session.SaveChangesAsync(Token);
        session.SetHeader("by", "node");
        session.Events.Append("account-1", new MoneyDeposited(1));
        await session.SaveChangesAsync(Token);

        Assert.Equal(
            """{"by": "store"} {"by": "store", "region": "eu"} {"by": "node", "region": "eu"}""",
            await Bank.ScalarAsync<string>("select string_agg(headers::text, ' ' order by seq_id) from mt_events"));
    }

    private async Task WriteAsync(int writer)
    {
        for (var n = 0; n < 20;)
        {
            var stream = $"account-{(writer + n) % 4}";
            try
            {
                if (writer % 2 == 0)
                    await QuickAsync(stream, "money_deposited", """{"Amount": 1}""");
                else
                    await AppendAsync(stream, new MoneyDeposited(1));

                n++;
            }
            catch (Exception lost) when (lost is ConcurrencyException or PostgresException { SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DeadlockDetected })
            {
                // The other was faster.
            }
        }
    }

    private async Task AssertEqualAsync()
    {
        foreach (var projection in new[] { "AccountView", "EventSourced.EventStore.Tests.MovementsProjection" })
            Assert.All(await Store.Advanced.VerifyAsync(projection, Token), report => Assert.True(report.IsEqual, report.ToString()));
    }
}
