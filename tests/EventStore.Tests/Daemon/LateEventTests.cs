using EventSourced.EventStore.Daemon.Parking;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventSourced.EventStore.Tests.Daemon;

public sealed class LateEventTests(AsyncBankDatabase template) : DaemonTest(template)
{
    [Fact]
    public async Task An_event_that_turns_up_below_the_mark_is_taken_in_by_every_projection()
    {
        await using var daemon = await StartedAsync();
        await AppendAsync("account-1", new MoneyDeposited(1_000, "a"));
        await Bank.ExecuteAsync("select nextval('mt_events_sequence')");
        await AppendAsync("account-2", new MoneyDeposited(3_000, "a"));
        await daemon.WaitForNonStaleData(Soon);
        Assert.Equal(new NoteTotals("a", 2, 4_000), await LoadAsync<NoteTotals>("a"));

        await Bank.ExecuteAsync("""
            insert into mt_streams (id, version) values ('account-9', 1);
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, is_archived)
            values (2, gen_random_uuid(), 'account-9', 1, '{"Amount": 2000, "Note": "a"}', 'money_deposited', now(), false)
            """);
        while (await Bank.ScalarAsync<long>("select count(*) from es.late_events where repaired is not null") == 0)
            await Store.WakeUps.WaitAsync("nothing", TimeSpan.FromMilliseconds(50), Token);

        Assert.Equal(new NoteTotals("a", 3, 6_000), await LoadAsync<NoteTotals>("a"));
        Assert.Equal([2_000m], (await LoadAsync<AccountActivity>("account-9"))!.Movements);
        Assert.Equal(3, await Bank.ScalarAsync<long>("select count(*) from es.large_deposits"));
        await AppendAsync("account-9", new MoneyDeposited(5, "a"));
        await daemon.WaitForNonStaleData(Soon);
        Assert.All(await Store.Advanced.VerifyAsync("NoteTotals", Token), report => Assert.True(report.IsEqual, report.ToString()));
    }

    [Fact]
    public async Task What_no_projection_takes_concerns_none()
    {
        await LateAsync(1, "account-9", "something_foreign", "{}");
        await LateAsync(2, "mt_tombstone", "tombstone", "{}");

        await RepairAsync(Store);

        Assert.Equal(2, await Bank.ScalarAsync<long>("select count(*) from es.late_events where repaired is not null"));
        Assert.Empty(await Store.Advanced.ParkedDocumentsAsync(null, Token));
    }

    [Fact]
    public async Task A_projection_that_cannot_be_repaired_stops_no_other()
    {
        await using var store = Bank.Store(options => options.Projections.Add<UnnamedTableProjection>(ProjectionLifecycle.Inline));
        await LateAsync(1, "account-9", "money_deposited", """{"Amount": 2000, "Note": "a"}""");
        await Bank.ExecuteAsync("""
            insert into mt_event_progression (name, last_seq_id) values
                ('HighWaterMark', 1), ('NoteTotals:All', 1), ('EventSourced.EventStore.Tests.Daemon.LargeDepositsProjection:All', 1)
            """);

        await RepairAsync(store);

        Assert.Equal(new NoteTotals("a", 1, 2_000), await LoadAsync<NoteTotals>("a"));
        Assert.Equal(1, await Bank.ScalarAsync<long>("select count(*) from es.large_deposits"));
        Assert.Equal(1, await Bank.ScalarAsync<long>("select count(*) from es.movements"));
        Assert.Equal("event:1", Assert.Single(await store.Advanced.ParkedDocumentsAsync(null, Token)).DocumentId);
        Assert.Equal(0, await Bank.ScalarAsync<long>("select count(*) from es.late_events where repaired is not null")); // AccountActivity is not there yet

        await Bank.ExecuteAsync("insert into mt_event_progression (name, last_seq_id) values ('AccountActivity:All', 1); update es.large_deposits set amount = 1");
        await RepairAsync(store);

        Assert.Equal([2_000m], (await LoadAsync<AccountActivity>("account-9"))!.Movements);
        Assert.Equal(1, await Bank.ScalarAsync<long>("select count(*) from es.late_events where repaired is not null"));
        Assert.Equal(1, await Bank.ScalarAsync<decimal>("select amount from es.large_deposits")); // not built a second time
    }

    private static Task RepairAsync(DocumentStore store) => new LateEventRepair(store, NullLogger.Instance).RepairAsync(Token);

    private Task LateAsync(long number, string stream, string alias, string body) => Bank.ExecuteAsync($"""
        insert into mt_streams (id, version) values ('{stream}', 1);
        insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp) values ({number}, gen_random_uuid(), '{stream}', 1, '{body}', '{alias}', now());
        insert into es.late_events (seq_id) values ({number});
        """);
}

/// <summary>Does not say which tables it writes.</summary>
public sealed partial class UnnamedTableProjection : EventProjection
{
    public static void Project(MoneyDeposited e, IDocumentOperations operations) => operations.QueueSqlCommand("select ?::numeric", e.Amount);
}
