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
}
