using EventSourced.Messaging.Tests.Orders;

namespace EventSourced.Messaging.Tests;

public sealed class CascadeTests(BusDatabase database) : IClassFixture<BusDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_event_names_the_event_that_led_to_it()
    {
        await using var host = await TestBus.StartAsync(database.ConnectionString);
        var id = new OrderId(1);

        var activity = await host.TrackActivity().ExecuteAndWaitAsync(
            async bus =>
            {
                await bus.InvokeAsync(new PlaceOrder(id, "tea"), Token);
            },
            Token);

        var events = await host.EventsAsync(1);
        Assert.Equal([typeof(OrderPlaced), typeof(OrderPacked), typeof(OrderShipped)], events.Select(e => e.EventType));
        Assert.Equal([events[0].GetHeader("message_id")?.ToString(), events[0].Id.ToString(), events[1].Id.ToString()], events.Select(e => e.CausationId));
        Assert.All(events, e => Assert.Equal(activity.CorrelationId, e.CorrelationId));
        Assert.Equal(
            [typeof(PlaceOrder).FullName, typeof(RecordPacked).FullName, typeof(ShipOrder).FullName], events.Select(e => e.GetHeader("message_type")?.ToString()));
        Assert.Equal(events.Select(e => e.Sequence), activity.Events.Select(e => e.Sequence));
    }

    [Fact]
    public async Task The_user_of_the_request_is_the_user_of_the_cascade()
    {
        await using var host = await TestBus.StartAsync(database.ConnectionString);
        (host.Context.UserName, host.Context.CorrelationId) = ("node-3", "request-2");

        await host.TrackActivity().ExecuteAndWaitAsync("request-2", () => host.Bus.InvokeAsync(new PlaceOrder(new OrderId(2), "tea"), Token), Token);

        Assert.All(await host.EventsAsync(2), e => Assert.Equal(("node-3", "request-2"), (e.UserName, e.CorrelationId)));
    }

    [Fact]
    public async Task One_trace_goes_through_the_queue()
    {
        await using var host = await TestBus.StartAsync(database.ConnectionString);
        using var activity = new System.Diagnostics.Activity("test").Start();

        await host.TrackActivity().InvokeMessageAndWaitAsync(new PlaceOrder(new OrderId(3), "tea"), Token);

        var traces = (await host.EventsAsync(3)).Select(e => e.GetHeader("traceparent")!.ToString()!.Split('-')[1]);
        Assert.Equal([activity.TraceId.ToHexString()], traces.Distinct());
    }

    [Fact]
    public async Task A_reaction_may_send_nothing()
    {
        await using var host = await TestBus.StartAsync(database.ConnectionString);

        await host.TrackActivity().InvokeMessageAndWaitAsync(new PlaceOrder(new OrderId(4), "nothing"), Token);

        Assert.Single(await host.EventsAsync(4));
    }
}
