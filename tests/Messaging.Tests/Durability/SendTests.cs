using EventSourced.Messaging.Tests.Orders;
using Npgsql;

namespace EventSourced.Messaging.Tests.Durability;

/// <summary>Messages sent at the same time, which are inserted together.</summary>
public sealed class SendTests(BusDatabase template) : IClassFixture<BusDatabase>, IAsyncLifetime
{
    private BusDatabase database = null!;
    private TestBus host = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        database = (BusDatabase)await template.CloneAsync();
        host = await TestBus.StartAsync(database.ConnectionString, options => options.DrainQueue = false);
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task Messages_sent_at_the_same_time_share_transactions_and_none_is_lost()
    {
        await Task.WhenAll(Enumerable.Range(1, 300).Select(n => host.Bus.SendAsync(new NoteOrder(new OrderId(n), n), Token).AsTask()));

        Assert.Equal([300L], await host.QueryAsync<long>(
            "select count(distinct message_id) from es.queue where key = 'order-' || (body -> 'OrderId')::text and due <= now() and attempts = 0"));
        Assert.InRange(Assert.Single(await host.QueryAsync<long>("select count(distinct xmin::text) from es.queue")), 300 / 64, 250);
    }

    [Fact]
    public async Task Messages_sent_one_after_another_keep_their_order()
    {
        for (var n = 1; n <= 20; n++)
            await host.Bus.SendAsync(new NoteOrder(new OrderId(1), n), Token);

        Assert.Equal(Enumerable.Range(1, 20), await host.QueryAsync<int>("select (body ->> 'Number')::int from es.queue order by id"));
    }

    [Fact]
    public async Task A_message_the_database_refuses_fails_for_its_sender_only()
    {
        var sends = Enumerable.Range(1, 100).Select(n => host.Bus.SendAsync(new PlaceOrder(new OrderId(n), n == 50 ? "no\0text" : "tea"), Token).AsTask()).ToList();
        await Task.WhenAll(sends).ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.Equal(PostgresErrorCodes.UntranslatableCharacter, Assert.IsType<PostgresException>(Assert.Single(sends, s => s.IsFaulted).Exception?.InnerException).SqlState);
        Assert.Equal(99, await QueueRows.CountAsync(database, "es.queue"));
    }

    [Fact]
    public async Task Who_gave_up_before_it_was_taken_sent_nothing()
    {
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await host.Bus.SendAsync(new NoteOrder(new OrderId(1), 1), gone.Token));

        Assert.Equal(0, await QueueRows.CountAsync(database, "es.queue"));
    }
}
