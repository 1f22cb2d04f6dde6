using System.Collections.Concurrent;
using EventSourced.Messaging.Tests.Orders;

namespace EventSourced.Messaging.Tests.Durability;

public sealed class OrderTests(BusDatabase database) : IClassFixture<BusDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_of_one_key_are_handled_in_the_order_sent_however_many_workers_there_are()
    {
        await using var sender = await TestBus.StartAsync(database.ConnectionString, options => options.DrainQueue = false);
        int[] orders = [1, 2, 3, 4, 5];
        await sender.Bus.InvokeAsync(new PlaceOrders([.. orders.Select(id => new OrderId(id))], "nothing"), Token);
        foreach (var number in Enumerable.Range(1, 60))
        {
            foreach (var id in orders)
                await sender.Bus.SendAsync(new NoteOrder(new OrderId(id), number), Token);
        }

        await using var first = await TestBus.StartAsync(database.ConnectionString);
        await using var second = await TestBus.StartAsync(database.ConnectionString);
        await QueueRows.UntilAsync(database, "select not exists (select from es.queue)");

        foreach (var id in orders)
            Assert.Equal(Enumerable.Range(1, 60), (await first.OrderAsync(id))?.Notes);

        Assert.Equal(0, await QueueRows.CountAsync(database, "es.dead_letters"));
    }

    [Fact]
    public async Task Followers_wait_for_the_next_try_of_the_message_before_them()
    {
        var failures = 0;
        var seen = new ConcurrentQueue<int>();
        await using var host = await TestBus.StartAsync(
            database.ConnectionString, options => options.Policies.OnException<TimeoutException>().RetryWithCooldown(TimeSpan.FromMilliseconds(150)));
        host.Table.Remind = (message, _) =>
        {
            if (message.OrderId.Value == 11 && Interlocked.Increment(ref failures) == 1)
                throw new TimeoutException("not now");

            seen.Enqueue(message.OrderId.Value);
            return Task.FromResult(0);
        };
        await host.Bus.InvokeAsync(new PlaceOrders([new OrderId(11), new OrderId(12), new OrderId(13)], "nothing"), Token);

        await host.TrackActivity().ExecuteAndWaitAsync(
            async bus =>
            {
                foreach (var id in new[] { 11, 12, 13 })
                    await bus.SendAsync(new RemindOfOrder(new OrderId(id)), Token, new DeliveryOptions { Key = "reminders" });
            },
            Token);

        Assert.Equal([11, 12, 13], seen);
        Assert.Equal(2, failures);
    }

    [Fact]
    public async Task A_stray_behind_nobody_is_released_by_the_sweep()
    {
        await using var host = await TestBus.StartAsync(database.ConnectionString, options => options.DrainQueue = false);
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(21), "nothing"), Token);
        await host.Bus.SendAsync(new NoteOrder(new OrderId(21), 1), Token);
        await host.Bus.SendAsync(new NoteOrder(new OrderId(21), 2), Token);
        await QueueRows.ExecuteAsync(database, "update es.queue set due = 'infinity' where key = 'order-21'");

        using var sweep = new Messaging.Durability.QueueSweep(host.Store, Microsoft.Extensions.Logging.Abstractions.NullLogger<Messaging.Durability.QueueSweep>.Instance);
        Assert.Equal(1, await sweep.SweepAsync(Token));

        await using var drain = await TestBus.StartAsync(database.ConnectionString);
        await QueueRows.UntilAsync(database, "select not exists (select from es.queue)");
        Assert.Equal([1, 2], (await drain.OrderAsync(21))?.Notes);
    }
}
