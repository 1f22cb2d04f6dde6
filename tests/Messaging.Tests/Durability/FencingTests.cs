using EventSourced.Messaging.Tests.Orders;

namespace EventSourced.Messaging.Tests.Durability;

public sealed class FencingTests(BusDatabase database) : IClassFixture<BusDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_lost_the_lease_saves_nothing()
    {
        var (slow, quick) = (new Gate(), new Gate());
        await using var first = await TestBus.StartAsync(database.ConnectionString, options => options.Concurrency = 1); // its one slot is taken, so the message is for the other
        await first.Bus.InvokeAsync(new PlaceOrder(new OrderId(1), "nothing"), Token);
        first.Table.Remind = async (_, _) =>
        {
            await slow.EnterAsync(CancellationToken.None); // deaf to the lease, as a library call can be
            return 1;
        };
        await first.Bus.SendAsync(new RemindOfOrder(new OrderId(1)), Token);
        await slow.SomebodyEnteredAsync();
        await using var second = await TestBus.StartAsync(database.ConnectionString);
        second.Table.Remind = async (_, _) =>
        {
            await quick.EnterAsync(CancellationToken.None);
            return 2;
        };
        quick.Open();

        await QueueRows.ExecuteAsync(database, "update es.queue set due = now() where lease_token is not null");
        await quick.SomebodyEnteredAsync();
        await QueueRows.UntilAsync(database, "select not exists (select from es.queue)");
        slow.Open();
        await first.StopAsync();

        Assert.Equal([2], (await second.OrderAsync(1))?.Notes);
        Assert.Equal(0, await QueueRows.CountAsync(database, "es.queue"));
        Assert.Equal(0, await QueueRows.CountAsync(database, "es.dead_letters"));
    }

    [Fact]
    public async Task A_running_effect_keeps_its_lease_and_hears_when_it_is_gone()
    {
        var gate = new Gate();
        await using var host = await TestBus.StartAsync(database.ConnectionString, options => options.Lease = TimeSpan.FromSeconds(1));
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(2), "nothing"), Token);
        var cancelled = new TaskCompletionSource();
        host.Table.Remind = async (_, token) =>
        {
            token.Register(cancelled.SetResult);
            await gate.EnterAsync(token);
            return 1;
        };

        await host.Bus.SendAsync(new RemindOfOrder(new OrderId(2)), Token);
        await gate.SomebodyEnteredAsync();
        await QueueRows.UntilAsync(database, "select due > sent + interval '2.5 seconds' from es.queue");
        Assert.False(cancelled.Task.IsCompleted);
        await QueueRows.ExecuteAsync(database, "delete from es.queue");

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);
        Assert.Equal(1, gate.Entries);
        Assert.Empty((await host.OrderAsync(2))!.Notes);
    }

    [Fact]
    public async Task The_message_of_a_dead_worker_is_handled_by_another()
    {
        await using var host = await TestBus.StartAsync(database.ConnectionString);
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(3), "nothing"), Token);
        await QueueRows.ExecuteAsync(database, """
            insert into es.queue (message_id, key, type, body, headers, sent, due, attempts, lease_token)
            values (gen_random_uuid(), 'order-3', 'EventSourced.Messaging.Tests.Orders.NoteOrder', '{"OrderId": 3, "Number": 5}',
                '{"correlation_id": "c", "user_name": "system"}', now(), now() + interval '0.5 seconds', 1, gen_random_uuid())
            """);

        await host.TrackActivity().ExecuteAndWaitAsync("c", () => Task.CompletedTask, Token);

        Assert.Equal([5], (await host.OrderAsync(3))?.Notes);
    }
}
