using EventSourced.Messaging.Tests.Orders;

namespace EventSourced.Messaging.Tests.Durability;

public sealed class ShutdownTests(BusDatabase database) : IClassFixture<BusDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_runs_may_finish()
    {
        var gate = new Gate();
        await using var host = await TestBus.StartAsync(database.ConnectionString, options => options.ShutdownGrace = TimeSpan.FromMinutes(1));
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(1), "nothing"), Token);
        host.Table.Remind = async (_, token) =>
        {
            await gate.EnterAsync(token);
            return 1;
        };
        await host.Bus.SendAsync(new RemindOfOrder(new OrderId(1)), Token);
        await gate.SomebodyEnteredAsync();

        var stopping = host.StopAsync();
        gate.Open();
        await stopping;

        await using var next = await TestBus.StartAsync(database.ConnectionString);
        await QueueRows.UntilAsync(database, "select not exists (select from es.queue)");
        Assert.Equal(1, gate.Entries);
        Assert.Equal([1], (await next.OrderAsync(1))?.Notes);
    }

    [Fact]
    public async Task What_does_not_finish_is_handed_back_at_once_and_not_counted_as_a_try()
    {
        var gate = new Gate();
        await using var host = await TestBus.StartAsync(database.ConnectionString, options => options.ShutdownGrace = TimeSpan.FromMilliseconds(50));
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(2), "nothing"), Token);
        host.Table.Remind = async (_, token) =>
        {
            await gate.EnterAsync(token);
            return 1;
        };
        await host.Bus.SendAsync(new RemindOfOrder(new OrderId(2)), Token);
        await gate.SomebodyEnteredAsync();

        await host.StopAsync();

        await QueueRows.UntilAsync(database, "select attempts = 0 and lease_token is null and due <= now() from es.queue");
        await using var next = await TestBus.StartAsync(database.ConnectionString);
        await QueueRows.UntilAsync(database, "select not exists (select from es.queue)");
        Assert.Equal([1], (await next.OrderAsync(2))?.Notes);
    }

    [Fact]
    public async Task What_waits_in_the_process_behind_a_long_effect_is_handed_back()
    {
        var gate = new Gate();
        await using var host = await TestBus.StartAsync(
            database.ConnectionString,
            options => (options.Concurrency, options.Lease, options.ShutdownGrace) = (1, TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(50)));
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(3), "nothing"), Token);
        // Quick messages first, so that the process takes several in advance; then one that stays.
        host.Table.Remind = async (message, token) =>
        {
            if (message.OrderId.Value == 99)
                await gate.EnterAsync(token);

            return 0;
        };
        for (var n = 0; n < 300; n++)
            await host.Bus.SendAsync(new RemindOfOrder(new OrderId(n == 150 ? 99 : 3)), Token);

        await gate.SomebodyEnteredAsync();
        await host.StopAsync();

        Assert.Equal([0], await host.QueryAsync<int>("select count(*)::int from es.queue where lease_token is not null or due > now() and due < 'infinity'"));
        await QueueRows.ExecuteAsync(database, "delete from es.queue");
    }
}
