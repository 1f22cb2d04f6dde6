using System.Diagnostics;
using EventSourced.Domain;
using EventSourced.Messaging.Tests.Orders;

namespace EventSourced.Messaging.Tests;

public sealed class InvocationTests(BusDatabase database) : IClassFixture<BusDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Task<TestBus> StartAsync() => TestBus.StartAsync(database.ConnectionString, options => options.DrainQueue = false);

    [Fact]
    public async Task A_new_stream_is_recorded_with_its_result()
    {
        await using var host = await StartAsync();

        var result = await host.Bus.InvokeAsync<CommandResult>(new PlaceOrder(new OrderId(1), "tea"), Token);

        var stream = Assert.Single(result.Streams);
        Assert.Equal(("order-1", 1), (stream.Key, stream.Version));
        Assert.Equal(new OrderPlaced(new OrderId(1), "tea"), Assert.Single(result.Events));
        Assert.Equal("tea", (await host.OrderAsync(1))?.Item);
    }

    [Fact]
    public async Task Several_new_streams_are_one_transaction()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(12), "tea"), Token);

        await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(
            () => host.Bus.InvokeAsync(new PlaceOrders([new OrderId(11), new OrderId(12)], "milk"), Token));
        Assert.Null(await host.OrderAsync(11));

        var result = await host.Bus.InvokeAsync<CommandResult>(new PlaceOrders([new OrderId(13), new OrderId(14)], "milk"), Token);
        Assert.Equal(["order-13", "order-14"], result.Streams.Select(s => s.Key));
        Assert.Equal("milk", (await host.OrderAsync(14))?.Item);
    }

    [Fact]
    public async Task Deciding_twice_decides_nothing_more()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(2), "tea"), Token);
        var first = await host.Bus.InvokeAsync<CommandResult>(new RecordPacked(new OrderId(2), 5), Token);
        var second = await host.Bus.InvokeAsync<CommandResult>(new RecordPacked(new OrderId(2), 6), Token);

        Assert.Equal(2, Assert.Single(first.Streams).Version);
        Assert.Empty(second.Streams);
        Assert.Equal(5, (await host.OrderAsync(2))?.Box);
    }

    [Fact]
    public async Task A_missing_stream_is_named()
    {
        await using var host = await StartAsync();

        var missing = await Assert.ThrowsAsync<StreamNotFoundException>(() => host.Bus.InvokeAsync(new ShipOrder(new OrderId(404)), Token));

        Assert.Equal((typeof(Order), "order-404"), (missing.StateType, missing.StreamKey));
    }

    [Fact]
    public async Task A_refusal_reaches_the_caller_and_records_nothing()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(3), "tea"), Token);

        await Assert.ThrowsAsync<RuleViolationException>(() => host.Bus.InvokeAsync(new ShipOrder(new OrderId(3)), Token));

        Assert.Single(await host.EventsAsync(3));
    }

    [Fact]
    public async Task A_Load_beside_the_read_model_chooses_the_stream()
    {
        await using var fresh = await database.CloneAsync();
        await using var host = await TestBus.StartAsync(fresh.ConnectionString, options => options.DrainQueue = false);

        Assert.Empty((await host.Bus.InvokeAsync<CommandResult>(new TouchOldestOrder(1), Token)).Streams);

        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(1), "tea"), Token);
        var result = await host.Bus.InvokeAsync<CommandResult>(new TouchOldestOrder(7), Token);

        Assert.Equal([7], (await host.OrderAsync(1))?.Notes);
        Assert.Equal(("order-1", 2), (Assert.Single(result.Streams).Key, result.Streams[0].Version));
    }

    [Fact]
    public async Task Streams_read_beside_change_in_the_same_transaction()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrders([new OrderId(21), new OrderId(22), new OrderId(23)], "tea"), Token);

        var result = await host.Bus.InvokeAsync<CommandResult>(
            new MergeOrders(new OrderId(21), [new OrderId(22), new OrderId(23), new OrderId(22), new OrderId(404)], [new OrderId(24)]), Token);

        Assert.Equal(["order-22", "order-23", "order-24", "order-21"], result.Streams.Select(s => s.Key));
        Assert.Equal([2L, 2L, 1L, 2L], result.Streams.Select(s => s.Version));
        Assert.Equal([[2], [21], [21]], await Task.WhenAll(NotesAsync(host, 21), NotesAsync(host, 22), NotesAsync(host, 23)));
        Assert.Equal("left", (await host.OrderAsync(24))?.Item);
    }

    [Fact]
    public async Task With_one_of_them_refused_none_changes()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrders([new OrderId(31), new OrderId(32), new OrderId(33)], "tea"), Token);

        await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(
            () => host.Bus.InvokeAsync(new MergeOrders(new OrderId(31), [new OrderId(32)], [new OrderId(33)]), Token));

        Assert.Equal([[], []], await Task.WhenAll(NotesAsync(host, 31), NotesAsync(host, 32)));
    }

    [Fact]
    public async Task Racing_decisions_that_share_streams_beside_are_all_recorded()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrders([new OrderId(41), new OrderId(42), new OrderId(43)], "tea"), Token);

        await Task.WhenAll(
            host.Bus.InvokeAsync(new MergeOrders(new OrderId(41), [new OrderId(43)], []), Token), host.Bus.InvokeAsync(new MergeOrders(new OrderId(42), [new OrderId(43)], []), Token),
            host.Bus.InvokeAsync(new NoteOrder(new OrderId(43), 7), Token));

        Assert.Equal([7, 41, 42], (await NotesAsync(host, 43)).Order());
    }

    [Fact]
    public async Task One_new_stream_twice_is_an_error_and_nothing_is_recorded()
    {
        await using var host = await StartAsync();

        var twice = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Bus.InvokeAsync(new PlaceOrders([new OrderId(51), new OrderId(51)], "tea"), Token));

        Assert.Contains("'order-51' twice", twice.Message, StringComparison.Ordinal);
        Assert.Null(await host.OrderAsync(51));
    }

    private static async Task<IReadOnlyList<int>> NotesAsync(TestBus host, int order) => (await host.OrderAsync(order))?.Notes ?? [];

    [Fact]
    public async Task Racing_decisions_on_one_stream_are_all_recorded()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(4), "tea"), Token);

        await Task.WhenAll(Enumerable.Range(1, 4).Select(n => host.Bus.InvokeAsync(new NoteOrder(new OrderId(4), n), Token)));

        Assert.Equal([1, 2, 3, 4], (await host.OrderAsync(4))?.Notes.Order());
    }

    [Fact]
    public async Task Every_event_says_who_why_and_by_which_message()
    {
        await using var host = await StartAsync();
        (host.Context.UserName, host.Context.CorrelationId, host.Context.By) = ("user-7", "request-1", "api");
        using var activity = new Activity("test").Start();

        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(5), "tea"), Token);

        var placed = Assert.Single(await host.EventsAsync(5));
        Assert.Equal(("user-7", "request-1"), (placed.UserName, placed.CorrelationId));
        Assert.Equal(placed.GetHeader("message_id")?.ToString(), placed.CausationId);
        Assert.Equal(typeof(PlaceOrder).FullName, placed.GetHeader("message_type")?.ToString());
        Assert.Equal("api", placed.GetHeader("by")?.ToString());
        Assert.Equal(activity.Id, placed.GetHeader("traceparent")?.ToString());
        Assert.Equal(["by", "message_id", "message_type", "traceparent"], placed.Headers?.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_message_nobody_handles_is_an_error()
    {
        await using var host = await StartAsync();

        await Assert.ThrowsAsync<UnknownMessageTypeException>(() => host.Bus.InvokeAsync("hello", Token));
    }

    [Fact]
    public async Task A_handler_may_answer_and_send()
    {
        await using var host = await StartAsync();

        var answer = await host.Bus.InvokeAsync<OrderCount>(new CountOrders(), Token);

        Assert.True(answer.Orders >= 0);
        Assert.Equal([typeof(NoteOrder).FullName!], await host.QueryAsync<string>("select type from es.queue where key = 'order-1' and body ->> 'Number' = '99'"));
    }
}
