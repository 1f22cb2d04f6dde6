using EventSourced.Domain;
using EventSourced.Messaging.Tests.Orders;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Messaging.Tests;

public sealed class IdempotencyTests(BusDatabase database) : IClassFixture<BusDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Task<TestBus> StartAsync() => TestBus.StartAsync(database.ConnectionString, options => options.DrainQueue = false);

    private static IdempotencyKey Key(string key, byte digest = 1) => new("user-7", "POST /orders", key, [digest]);

    private static async Task<CommandResult> InvokeAsync(TestBus host, IdempotencyKey key, object command)
    {
        await using var scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<MessageContext>().Idempotency = key;
        return await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync<CommandResult>(command, Token);
    }

    [Fact]
    public async Task Requests_with_one_key_run_once_and_get_the_same_result()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(1), "tea"), Token);

        var results = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => InvokeAsync(host, Key("a"), new NoteOrder(new OrderId(1), 5)), Token)));

        Assert.Equal([5], (await host.OrderAsync(1))?.Notes);
        Assert.All(results, r =>
        {
            Assert.Equal(("order-1", 2), (Assert.Single(r.Streams).Key, r.Streams[0].Version));
            Assert.Equal(new OrderNoted(new OrderId(1), 5), Assert.Single(r.Events));
        });
        Assert.Equal([1], await host.QueryAsync<int>("select count(*)::int from es.idempotency where key = 'a'"));
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_a_conflict()
    {
        await using var host = await StartAsync();
        await InvokeAsync(host, Key("b"), new PlaceOrder(new OrderId(2), "tea"));

        await Assert.ThrowsAsync<IdempotencyConflictException>(() => InvokeAsync(host, Key("b", digest: 2), new PlaceOrder(new OrderId(3), "tea")));

        Assert.Null(await host.OrderAsync(3));
    }

    [Fact]
    public async Task A_refused_request_leaves_its_key_free()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(4), "tea"), Token);
        await Assert.ThrowsAsync<RuleViolationException>(() => InvokeAsync(host, Key("c"), new ShipOrder(new OrderId(4))));
        await host.Bus.InvokeAsync(new RecordPacked(new OrderId(4), 1), Token);

        Assert.Single((await InvokeAsync(host, Key("c"), new ShipOrder(new OrderId(4)))).Events);
    }

    [Fact]
    public async Task The_same_key_of_another_principal_or_route_is_another_key()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(5), "tea"), Token);

        await InvokeAsync(host, Key("d"), new NoteOrder(new OrderId(5), 1));
        await InvokeAsync(host, Key("d") with { Principal = "user-8" }, new NoteOrder(new OrderId(5), 2));
        await InvokeAsync(host, Key("d") with { Operation = "PUT /orders" }, new NoteOrder(new OrderId(5), 3));

        Assert.Equal([1, 2, 3], (await host.OrderAsync(5))?.Notes);
    }

    [Fact]
    public async Task A_repeat_that_needed_nothing_is_remembered_too()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(6), "tea"), Token);
        await host.Bus.InvokeAsync(new RecordPacked(new OrderId(6), 1), Token);

        Assert.Empty((await InvokeAsync(host, Key("e"), new RecordPacked(new OrderId(6), 2))).Streams);
        Assert.Empty((await InvokeAsync(host, Key("e"), new RecordPacked(new OrderId(6), 2))).Streams);
        Assert.Equal([1], await host.QueryAsync<int>("select count(*)::int from es.idempotency where key = 'e'"));
    }

    [Fact]
    public async Task Who_asks_for_it_keeps_the_key_free_until_something_was_recorded()
    {
        await using var host = await StartAsync();
        var key = Key("i") with { OnlyIfRecorded = true };
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(10), "tea"), Token);
        await host.Bus.InvokeAsync(new RecordPacked(new OrderId(10), 1), Token);
        Assert.Empty((await InvokeAsync(host, key, new RecordPacked(new OrderId(10), 1))).Streams);
        Assert.Null(await FindAsync(host, key));

        Assert.Single((await InvokeAsync(host, key, new NoteOrder(new OrderId(10), 1))).Events);

        Assert.Equal(new OrderNoted(new OrderId(10), 1), Assert.Single((await FindAsync(host, key))!.Events));
        Assert.Single((await InvokeAsync(host, key, new NoteOrder(new OrderId(10), 2))).Events);
        Assert.Equal([1], (await host.OrderAsync(10))?.Notes);
        await Assert.ThrowsAsync<IdempotencyConflictException>(() => FindAsync(host, Key("i", digest: 2)));
        await QueueRows.ExecuteAsync(database, "update es.idempotency set created = now() - interval '24 hours 1 minute' where key = 'i'");
        Assert.Null(await FindAsync(host, key));
    }

    private static async Task<CommandResult?> FindAsync(TestBus host, IdempotencyKey key)
    {
        await using var scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<MessageContext>().Idempotency = key;
        return await scope.ServiceProvider.GetRequiredService<IMessageBus>().FindResultAsync<CommandResult>(Token);
    }

    [Fact]
    public async Task A_handlers_own_answer_is_stored_with_its_type()
    {
        await using var host = await StartAsync();
        host.Context.Idempotency = Key("f");
        var first = await host.Bus.InvokeAsync<OrderCount>(new CountOrders(), Token);
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(7), "tea"), Token);

        host.Context.Idempotency = Key("f");
        Assert.Equal(first, await host.Bus.InvokeAsync<OrderCount>(new CountOrders(), Token));
    }

    [Fact]
    public async Task The_key_counts_for_one_invocation()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(8), "tea"), Token);
        host.Context.Idempotency = Key("g");

        await host.Bus.InvokeAsync(new NoteOrder(new OrderId(8), 1), Token);
        await host.Bus.InvokeAsync(new NoteOrder(new OrderId(8), 2), Token);

        Assert.Equal([1, 2], (await host.OrderAsync(8))?.Notes);
    }

    [Fact]
    public async Task A_key_is_free_again_after_a_day()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(9), "tea"), Token);
        await InvokeAsync(host, Key("h"), new NoteOrder(new OrderId(9), 1));
        await QueueRows.ExecuteAsync(database, "update es.idempotency set created = now() - interval '24 hours 1 minute' where key = 'h'");

        await InvokeAsync(host, Key("h", digest: 2), new NoteOrder(new OrderId(9), 2));

        Assert.Equal([1, 2], (await host.OrderAsync(9))?.Notes);
    }
}
