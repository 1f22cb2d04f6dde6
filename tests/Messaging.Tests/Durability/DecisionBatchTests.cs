using System.Text.Json;
using EventSourced.Domain;
using EventSourced.Messaging.Durability;
using EventSourced.Messaging.Handlers;
using EventSourced.Messaging.Tests.Orders;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventSourced.Messaging.Tests.Durability;

/// <summary>Queued decisions that share a transaction, claimed and run by hand so that the test knows which are together.</summary>
public sealed class DecisionBatchTests(BusDatabase template) : IClassFixture<BusDatabase>, IAsyncLifetime
{
    private BusDatabase database = null!;
    private TestBus host = null!;
    private QueueClaims claims = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        database = (BusDatabase)await template.CloneAsync();
        host = await TestBus.StartAsync(database.ConnectionString, options =>
        {
            options.DrainQueue = false;
            options.Policies.OnException<JsonException>().MoveToErrorQueue();
        });
        claims = new QueueClaims(host.Store, Get<MessagingOptions>());
        await host.Bus.InvokeAsync(new PlaceOrders([.. Enumerable.Range(1, 5).Select(id => new OrderId(id))], "nothing"), Token);
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task Decisions_on_different_streams_share_one_transaction_and_each_keeps_its_own_metadata()
    {
        for (var id = 1; id <= 5; id++)
        {
            (host.Context.CorrelationId, host.Context.CausationId, host.Context.UserName) = ($"request-{id}", id == 5 ? "an-event" : null, $"user-{id}");
            await host.Bus.SendAsync(new NoteOrder(new OrderId(id), id), Token);
        }

        var works = await ClaimAsync(5);
        Assert.Equal(works, await Batch().RunAsync(works));

        Assert.Equal(0, await QueueRows.CountAsync(database, "es.queue"));
        Assert.Equal([1L], await host.QueryAsync<long>("select count(distinct xmin::text) from mt_events where type = 'order_noted'"));
        foreach (var (work, id) in works.Select((work, n) => (work, n + 1)))
        {
            var noted = (await host.EventsAsync(id))[^1];
            Assert.Equal(new OrderNoted(new OrderId(id), id), noted.Data);
            Assert.Equal(($"request-{id}", $"user-{id}", "test"), (noted.CorrelationId, noted.UserName, noted.GetHeader("by")));
            Assert.Equal(id == 5 ? "an-event" : $"{work.Message.MessageId}", noted.CausationId);
            Assert.Equal(($"{work.Message.MessageId}", typeof(NoteOrder).FullName), (noted.GetHeader("message_id"), noted.GetHeader("message_type")));
        }
    }

    [Fact]
    public async Task What_follows_is_sent_in_the_same_transaction_and_names_its_own_event()
    {
        for (var id = 1; id <= 3; id++)
        {
            (host.Context.CorrelationId, host.Context.UserName) = ($"request-{id}", $"user-{id}");
            await host.Bus.SendAsync(new RecordPacked(new OrderId(id), id), Token);
        }

        var works = await ClaimAsync(3);
        Assert.Equal(works, await Batch().RunAsync(works));

        var sent = (await ClaimAsync(10)).Select(w => w.Message).ToList();
        Assert.Equal(["order-1", "order-2", "order-3"], sent.Select(m => m.Key));
        Assert.All(sent, m => Assert.Equal(typeof(ShipOrder).FullName, m.Type));
        foreach (var (message, id) in sent.Select((message, n) => (message, n + 1)))
        {
            var packed = (await host.EventsAsync(id))[^1];
            Assert.Equal((packed.Id.ToString(), $"request-{id}", $"user-{id}"), (message.Headers.CausationId, message.Headers.CorrelationId, message.Headers.UserName));
        }
    }

    [Fact]
    public async Task A_refusal_in_the_middle_leaves_the_batch_and_is_dead_alone()
    {
        await SendAsync(new NoteOrder(new OrderId(1), 1), new ShipOrder(new OrderId(2)), new NoteOrder(new OrderId(3), 3));
        var works = await ClaimAsync(3);

        Assert.Equal([works[0], works[2]], await Batch().RunAsync(works));
        Assert.Equal([[1], [], [3]], await NotesAsync(1, 2, 3));
        await Alone().RunAsync(works[1]);

        var letter = Assert.Single(await host.DeadLetters.ListAsync(10, before: null, Token));
        Assert.Equal((typeof(RuleViolationException).FullName, works[1].Message.MessageId, 1), (letter.ExceptionType, letter.MessageId, letter.Attempts));
        Assert.Equal(0, await QueueRows.CountAsync(database, "es.queue"));
    }

    [Fact]
    public async Task A_body_nobody_can_read_leaves_the_batch_and_is_dead_alone()
    {
        await SendAsync(new NoteOrder(new OrderId(1), 1), new NoteOrder(new OrderId(2), 2), new NoteOrder(new OrderId(3), 3));
        await QueueRows.ExecuteAsync(database, """update es.queue set body = '{"OrderId": 2, "Number": "two"}' where key = 'order-2'""");
        var works = await ClaimAsync(3);

        Assert.Equal([works[0], works[2]], await Batch().RunAsync(works));
        await Alone().RunAsync(works[1]);

        Assert.Equal(typeof(JsonException).FullName, Assert.Single(await host.DeadLetters.ListAsync(10, before: null, Token)).ExceptionType);
        Assert.Equal([[1], [], [3]], await NotesAsync(1, 2, 3));
    }

    [Fact]
    public async Task A_lease_lost_in_the_middle_saves_nothing_of_the_batch_and_afterwards_only_the_others()
    {
        await SendAsync(new NoteOrder(new OrderId(1), 1), new NoteOrder(new OrderId(2), 2), new NoteOrder(new OrderId(3), 3));
        var works = await ClaimAsync(3);
        await QueueRows.ExecuteAsync(database, "update es.queue set lease_token = gen_random_uuid() where key = 'order-2'");

        Assert.Empty(await Batch().RunAsync(works));
        Assert.Equal([[], [], []], await NotesAsync(1, 2, 3));
        foreach (var work in works)
            await Alone().RunAsync(work);

        Assert.Equal([[1], [], [3]], await NotesAsync(1, 2, 3));
        Assert.Equal(["order-2"], await host.QueryAsync<string>("select key from es.queue"));
    }

    [Fact]
    public async Task A_second_message_of_a_stream_waits_for_the_events_of_the_first()
    {
        await host.Bus.SendAsync(new RecordPacked(new OrderId(1), 7), Token);
        await host.Bus.SendAsync(new NoteOrder(new OrderId(2), 2), Token);
        await host.Bus.SendAsync(new ShipOrder(new OrderId(1)), Token, new DeliveryOptions { Key = "elsewhere" }); // refused unless it sees that the order is packed
        var works = await ClaimAsync(3);

        Assert.Equal([works[0], works[1]], await Batch().RunAsync(works));
        await Alone().RunAsync(works[2]);

        Assert.Equal((7, true), await host.OrderAsync(1) is { } order ? (order.Box, order.Shipped) : default);
        Assert.Empty(await host.DeadLetters.ListAsync(10, before: null, Token));
    }

    [Fact]
    public async Task Two_messages_that_start_one_stream_are_not_put_together()
    {
        await SendAsync(new PlaceOrder(new OrderId(9), "nothing"), new PlaceOrders([new OrderId(8), new OrderId(9)], "nothing"), new NoteOrder(new OrderId(1), 1));
        var works = await ClaimAsync(3);

        Assert.Equal([works[0], works[2]], await Batch().RunAsync(works));
        await Alone().RunAsync(works[1]);

        Assert.Single(await host.EventsAsync(9));
        Assert.Empty(await host.EventsAsync(8));
        Assert.Equal(typeof(ExistingStreamIdCollisionException).FullName, Assert.Single(await host.DeadLetters.ListAsync(10, before: null, Token)).ExceptionType);
    }

    [Fact]
    public async Task A_lost_race_saves_nothing_of_the_batch_and_each_is_decided_again_alone()
    {
        await SendAsync(new NoteOrder(new OrderId(1), 1), new NoteOrder(new OrderId(2), 2), new NoteOrder(new OrderId(3), 3));
        var works = await ClaimAsync(3);
        await using var rival = await database.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await rival.BeginTransactionAsync(Token);
        await using (var command = rival.CreateCommand())
        {
            command.CommandText = """
                update mt_streams set version = 2 where id = 'order-2';
                insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp)
                values (nextval('mt_events_sequence'), gen_random_uuid(), 'order-2', 2, '{"OrderId": 2, "Number": 20}', 'order_noted', now())
                """;
            await command.ExecuteNonQueryAsync(Token);
        }

        var running = Batch().RunAsync(works);
        await QueueRows.UntilAsync(database, "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')");
        await transaction.CommitAsync(Token);

        Assert.Empty(await running);
        Assert.Equal([[], [20], []], await NotesAsync(1, 2, 3));
        foreach (var work in works)
            await Alone().RunAsync(work);

        Assert.Equal([[1], [20, 2], [3]], await NotesAsync(1, 2, 3));
        Assert.Equal(0, await QueueRows.CountAsync(database, "es.queue"));
    }

    [Fact]
    public async Task Only_pure_decisions_that_killed_nobody_are_put_together()
    {
        await SendAsync(new NoteOrder(new OrderId(1), 1), new PackOrder(new OrderId(2)), new TouchOldestOrder(3), new NoteOrder(new OrderId(4), 4));
        await QueueRows.ExecuteAsync(database, "update es.queue set lease_token = gen_random_uuid() where key = 'order-4'");
        var works = await ClaimAsync(4);

        Assert.Equal([works[0]], works.Where(Batch().Takes));
    }

    [Fact]
    public async Task A_drain_puts_decisions_together_and_keeps_the_order_of_each_key()
    {
        foreach (var number in Enumerable.Range(1, 20))
        {
            for (var id = 1; id <= 5; id++)
                await host.Bus.SendAsync(number % 7 == 0 ? new ShipOrder(new OrderId(id)) : new NoteOrder(new OrderId(id), number), Token);
        }

        await host.Bus.InvokeAsync(new PlaceOrders([.. Enumerable.Range(100, 100).Select(id => new OrderId(id))], "nothing"), Token);
        for (var id = 100; id < 200; id++)
            await host.Bus.SendAsync(new NoteOrder(new OrderId(id), 1), Token);

        await using var drain = await TestBus.StartAsync(database.ConnectionString, options => options.Concurrency = 2);
        await QueueRows.UntilAsync(database, "select not exists (select from es.queue)");

        Assert.All(await NotesAsync(1, 2, 3, 4, 5), notes => Assert.Equal(Enumerable.Range(1, 20).Where(n => n % 7 != 0), notes));
        Assert.Equal(10, (await host.DeadLetters.ListAsync(100, before: null, Token)).Count); // five orders, refused twice each
        Assert.Equal([100L], await host.QueryAsync<long>("select count(*) from mt_events where type = 'order_noted' and substr(stream_id, 7)::int >= 100"));
        var transactions = Assert.Single(await host.QueryAsync<long>("select count(distinct xmin::text) from mt_events where type = 'order_noted' and substr(stream_id, 7)::int >= 100"));
        Assert.InRange(transactions, 100 / DecisionBatch.Most, 99);
    }

    private T Get<T>() where T : notnull => host.Services.GetRequiredService<T>();

    private QueuedDeliveries Deliveries() => new(Get<HandlerGraph>(), host.Store, Get<MessagingOptions>());

    private DecisionBatch Batch() => new(
        Get<SharedDecisions>(), Get<HandlerGraph>(), Deliveries(), NullLogger<DecisionBatch>.Instance);

    private QueuedMessageRunner Alone() => new(
        Get<IServiceScopeFactory>(), Get<MessageExecutor>(), Deliveries(), claims, new QueueEnd(host.Store, Get<Outbox>()), Get<Outbox>(), Get<MessagingOptions>(),
        NullLogger<QueuedMessageRunner>.Instance);

    private async Task SendAsync(params object[] messages)
    {
        foreach (var message in messages)
            await host.Bus.SendAsync(message, Token);
    }

    private async Task<IReadOnlyList<InFlight>> ClaimAsync(int count) => [.. (await claims.ClaimAsync(count, Token)).Messages.Select(m => new InFlight(m))];

    private async Task<List<IReadOnlyList<int>>> NotesAsync(params int[] orders)
    {
        var notes = new List<IReadOnlyList<int>>();
        foreach (var id in orders)
            notes.Add((await host.OrderAsync(id))!.Notes);

        return notes;
    }
}
