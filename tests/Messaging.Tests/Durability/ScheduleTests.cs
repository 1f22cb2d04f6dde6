using EventSourced.Domain;
using EventSourced.Messaging.Tests.Orders;

namespace EventSourced.Messaging.Tests.Durability;

public sealed class ScheduleTests(BusDatabase database) : IClassFixture<BusDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_scheduled_message_is_handled_when_its_time_has_come_and_not_before()
    {
        await using var host = await TestBus.StartAsync(database.ConnectionString);
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(1), "nothing"), Token);
        var due = DateTimeOffset.UtcNow + TimeSpan.FromMilliseconds(700);

        await host.Bus.SendAsync(new NoteOrder(new OrderId(1), 1), Token, new DeliveryOptions { ScheduledTime = due });
        await QueueRows.UntilAsync(database, "select not exists (select from es.queue where due < now() + interval '1 hour')");

        var noted = (await host.EventsAsync(1))[^1];
        Assert.Equal(typeof(OrderNoted), noted.EventType);
        Assert.InRange(noted.Timestamp, due, due + TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_scheduled_message_holds_nobody_back()
    {
        await using var host = await TestBus.StartAsync(database.ConnectionString);
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(2), "nothing"), Token);
        var tomorrow = DateTimeOffset.UtcNow.AddDays(1);

        var activity = await host.TrackActivity().ExecuteAndWaitAsync(
            async bus =>
            {
                await bus.SendAsync(new NoteOrder(new OrderId(2), 2), Token, new DeliveryOptions { ScheduledTime = tomorrow });
                await bus.SendAsync(new Scheduled(new NoteOrder(new OrderId(2), 3), tomorrow), Token);
                await bus.SendAsync(new NoteOrder(new OrderId(2), 1), Token);
            },
            Token);

        Assert.Equal([1], (await host.OrderAsync(2))?.Notes);
        Assert.Equal([typeof(NoteOrder).FullName, typeof(NoteOrder).FullName], activity.Scheduled.Select(m => m.MessageType));
    }
}
