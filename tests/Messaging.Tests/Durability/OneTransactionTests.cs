using EventSourced.Messaging.Tests.Orders;
using Npgsql;

namespace EventSourced.Messaging.Tests.Durability;

public sealed class OneTransactionTests(BusDatabase database) : IClassFixture<BusDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_do_not_stay_when_their_messages_cannot_be_written()
    {
        await using var host = await TestBus.StartAsync(database.ConnectionString);
        await RefuseAsync("insert", typeof(PackOrder));

        await Assert.ThrowsAsync<PostgresException>(() => host.Bus.InvokeAsync(new PlaceOrder(new OrderId(1), "tea"), Token));

        Assert.Null(await host.OrderAsync(1));
        await AllowAsync("insert");
        await host.TrackActivity().InvokeMessageAndWaitAsync(new PlaceOrder(new OrderId(1), "tea"), Token);
        Assert.True((await host.OrderAsync(1))?.Shipped);
    }

    [Fact]
    public async Task Events_do_not_stay_when_the_end_of_their_message_cannot_be_written()
    {
        await using var host = await TestBus.StartAsync(
            database.ConnectionString, options => options.Policies.OnException<PostgresException>().RetryWithCooldown(Pauses(40, TimeSpan.FromMilliseconds(50))));
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(2), "nothing"), Token);
        await RefuseAsync("delete", typeof(NoteOrder));

        await host.TrackActivity().ExecuteAndWaitAsync(
            async bus =>
            {
                await bus.SendAsync(new NoteOrder(new OrderId(2), 1), Token);
                await RowWhereAsync("last_error like '%refused by the test%' and attempts > 1");
                Assert.Empty((await host.OrderAsync(2))!.Notes);
                await AllowAsync("delete");
            },
            Token);

        Assert.Equal([1], (await host.OrderAsync(2))?.Notes);
    }

    [Fact]
    public async Task A_message_stays_in_the_queue_when_the_database_goes_away_while_it_is_handled()
    {
        var gate = new Gate();
        await using var host = await TestBus.StartAsync(database.ConnectionString);
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(3), "nothing"), Token);
        host.Table.Remind = async (_, token) =>
        {
            await gate.EnterAsync(token);
            return gate.Entries;
        };

        await host.TrackActivity().ExecuteAndWaitAsync(
            async bus =>
            {
                await bus.SendAsync(new RemindOfOrder(new OrderId(3)), Token);
                await gate.SomebodyEnteredAsync();
                await ExecuteAsync(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state = 'idle in transaction' and pid <> pg_backend_pid()");
                gate.Open();
            },
            Token);

        Assert.Equal(2, gate.Entries);
        Assert.Equal([2], (await host.OrderAsync(3))?.Notes);
    }

    private static TimeSpan[] Pauses(int count, TimeSpan pause) => [.. Enumerable.Repeat(pause, count)];

    private Task RefuseAsync(string verb, Type message) => ExecuteAsync($"""
        create function es.refuse_{verb}() returns trigger language plpgsql as $$ begin raise exception 'refused by the test'; end $$;
        create trigger refuse_{verb} before {verb} on es.queue for each row
            when ({(verb == "delete" ? "old" : "new")}.type = '{message.FullName}') execute function es.refuse_{verb}();
        """);

    private Task AllowAsync(string verb) => ExecuteAsync($"drop function es.refuse_{verb}() cascade");

    private Task ExecuteAsync(string sql) => QueueRows.ExecuteAsync(database, sql);

    private Task RowWhereAsync(string condition) => QueueRows.UntilAsync(database, $"select exists (select from es.queue where {condition})");
}
