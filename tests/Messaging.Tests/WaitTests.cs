using EventSourced.Messaging.Tests.Orders;

namespace EventSourced.Messaging.Tests;

public sealed class WaitTests(BusDatabase database) : IClassFixture<BusDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Task<TestBus> StartAsync() => TestBus.StartAsync(database.ConnectionString, options => options.DrainQueue = false);

    [Fact]
    public async Task What_holds_already_is_answered_at_once()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(1), "tea"), Token);

        Assert.Equal("tea", (await host.Bus.WaitForAsync<Order>("order-1", _ => true, TimeSpan.Zero, Token))?.Item);
    }

    [Fact]
    public async Task A_waiter_sees_what_another_process_records()
    {
        await using var host = await StartAsync();
        await using var other = await StartAsync();
        var waiting = host.Bus.WaitForAsync<Order>("order-2", order => order.Box == 3, TimeSpan.FromSeconds(20), Token);

        await other.Bus.InvokeAsync(new PlaceOrder(new OrderId(2), "tea"), Token);
        await other.Bus.InvokeAsync(new RecordPacked(new OrderId(2), 3), Token);

        Assert.Equal(3, (await waiting)?.Box);
    }

    [Fact]
    public async Task At_the_timeout_there_is_nothing()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(3), "tea"), Token);

        Assert.Null(await host.Bus.WaitForAsync<Order>("order-3", order => order.Shipped, TimeSpan.FromMilliseconds(50), Token));
        Assert.Null(await host.Bus.WaitForAsync<Order>("order-404", _ => true, TimeSpan.FromMilliseconds(50), Token));
    }

    [Fact]
    public async Task A_waiter_gives_up_when_its_caller_does()
    {
        await using var host = await StartAsync();
        using var caller = new CancellationTokenSource();
        var waiting = host.Bus.WaitForAsync<Order>("order-405", _ => true, TimeSpan.FromMinutes(1), caller.Token);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }
}
