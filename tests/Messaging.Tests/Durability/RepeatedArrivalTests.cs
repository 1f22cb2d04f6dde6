using EventSourced.Messaging.Tests.Orders;

namespace EventSourced.Messaging.Tests.Durability;

public sealed class RepeatedArrivalTests(BusDatabase database) : IClassFixture<BusDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_with_an_id_of_its_own_is_handled_once_however_often_it_arrives()
    {
        await using var host = await TestBus.StartAsync(database.ConnectionString);
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(1), "nothing"), Token);
        var options = new DeliveryOptions { MessageId = Guid.CreateVersion7() };

        await host.TrackActivity().ExecuteAndWaitAsync(
            bus => Task.WhenAll(Enumerable.Range(0, 8).Select(_ => bus.SendAsync(new NoteOrder(new OrderId(1), 1), Token, options).AsTask())), Token);
        await host.TrackActivity().ExecuteAndWaitAsync(bus => bus.SendAsync(new NoteOrder(new OrderId(1), 1), Token, options).AsTask(), Token);

        Assert.Equal([1], (await host.OrderAsync(1))?.Notes);
        Assert.Equal([1], await host.QueryAsync<int>("select count(*)::int from es.message_ids where handled is not null and message_id = ?", options.MessageId));
    }

    [Fact]
    public async Task A_copy_of_a_replayed_letter_is_dropped()
    {
        await using var host = await TestBus.StartAsync(database.ConnectionString);
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(2), "nothing"), Token);
        var dead = await host.TrackActivity().DoNotAssertOnExceptionsDetected().SendMessageAndWaitAsync(new ShipOrder(new OrderId(2)), Token);
        var letter = Assert.Single(dead.DeadLetters);
        await host.Bus.InvokeAsync(new RecordPacked(new OrderId(2), 1), Token);
        await QueueRows.UntilAsync(database, "select not exists (select from es.queue)");

        await host.ReplayAsync(letter.Id);
        await host.TrackActivity().ExecuteAndWaitAsync(
            bus => bus.SendAsync(new NoteOrder(new OrderId(2), 1), Token, new DeliveryOptions { MessageId = letter.MessageId }).AsTask(), Token);

        Assert.Empty((await host.OrderAsync(2))!.Notes);
    }

    [Fact]
    public async Task Message_ids_are_forgotten_a_week_after_they_were_handled()
    {
        await using var host = await TestBus.StartAsync(database.ConnectionString, options => options.DrainQueue = false);
        await QueueRows.ExecuteAsync(database, """
            insert into es.message_ids (message_id, handled) values (gen_random_uuid(), now() - interval '7 days 1 minute'),
                ('00000000-0000-0000-0000-000000000001', now() - interval '6 days 23 hours'), ('00000000-0000-0000-0000-000000000002', null);
            """);

        using var sweep = new Messaging.Durability.QueueSweep(host.Store, Microsoft.Extensions.Logging.Abstractions.NullLogger<Messaging.Durability.QueueSweep>.Instance);
        await sweep.SweepAsync(Token);

        Assert.Equal(
            [1, 2],
            await host.QueryAsync<int>("select right(message_id::text, 1)::int from es.message_ids where message_id::text like '00000000%' order by 1"));
        Assert.Equal([0], await host.QueryAsync<int>("select count(*)::int from es.message_ids where handled < now() - interval '7 days'"));
    }
}
