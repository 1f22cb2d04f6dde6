using EventSourced.Domain;
using EventSourced.Messaging.Durability;
using EventSourced.Messaging.Tests.Orders;
using Npgsql;

namespace EventSourced.Messaging.Tests.Durability;

public sealed class FailureTests(BusDatabase database) : IClassFixture<BusDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Task<TestBus> StartAsync() => TestBus.StartAsync(
        database.ConnectionString,
        options => options.Policies.OnException<TimeoutException>().RetryWithCooldown(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(20)));

    [Fact]
    public async Task A_failure_is_tried_again_after_its_pause()
    {
        var tries = 0;
        await using var host = await StartAsync();
        host.Table.Pack = (_, _) => ++tries < 3 ? throw new TimeoutException("not now") : Task.FromResult(9);

        await host.TrackActivity().InvokeMessageAndWaitAsync(new PlaceOrder(new OrderId(1), "tea"), Token);

        Assert.Equal(3, tries);
        Assert.Equal(9, (await host.OrderAsync(1))?.Box);
    }

    [Fact]
    public async Task After_the_last_try_it_is_a_dead_letter_with_all_that_is_known()
    {
        var tries = 0;
        await using var host = await StartAsync();
        host.Table.Pack = (_, _) =>
        {
            tries++;
            throw new TimeoutException("never");
        };

        var activity = await host.TrackActivity().DoNotAssertOnExceptionsDetected().InvokeMessageAndWaitAsync(new PlaceOrder(new OrderId(2), "tea"), Token);

        var letter = Assert.Single(activity.DeadLetters);
        Assert.Equal(3, tries);
        Assert.Equal((typeof(PackOrder).FullName, 3, typeof(TimeoutException).FullName), (letter.MessageType, letter.Attempts, letter.ExceptionType));
        Assert.Contains("never", letter.Error, StringComparison.Ordinal);
        Assert.Equal(2, letter.Body.GetProperty("OrderId").GetInt32());
        Assert.Equal(activity.CorrelationId, letter.CorrelationId);
    }

    [Fact]
    public async Task An_effect_that_is_not_tried_again_says_so_in_the_transaction_that_ends_it()
    {
        await using var host = await StartAsync();
        host.Table.Engrave = (_, _) => throw new TimeoutException("The needle broke.");
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(20), "ring"), Token);

        var activity = await host.TrackActivity().DoNotAssertOnExceptionsDetected().SendMessageAndWaitAsync(new EngraveOrder(new OrderId(20)), Token);

        Assert.Equal(typeof(EngraveOrder).FullName, Assert.Single(activity.DeadLetters).MessageType);
        Assert.Equal([EngraveOrderHandler.Spoilt], (await host.OrderAsync(20))?.Notes);
        Assert.Equal([activity.CorrelationId], await host.QueryAsync<string>("select correlation_id from mt_events where type = 'order_noted' and stream_id = 'order-20'"));
    }

    [Fact]
    public async Task A_statement_that_takes_too_long_is_no_outage()
    {
        var tries = 0;
        await using var host = await TestBus.StartAsync(
            database.ConnectionString, options => options.Policies.OnException<NpgsqlException>().RetryWithCooldown(TimeSpan.FromMilliseconds(20)));
        host.Table.Engrave = (_, _) =>
        {
            tries++;
            throw new NpgsqlException("Exception while reading from stream", new TimeoutException("Timeout during reading attempt"));
        };
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(21), "ring"), Token);

        var activity = await host.TrackActivity().DoNotAssertOnExceptionsDetected().SendMessageAndWaitAsync(new EngraveOrder(new OrderId(21)), Token);

        Assert.Single(activity.DeadLetters);
        Assert.Equal(2, tries);
    }

    [Fact]
    public void Pauses_after_outages_grow_to_five_minutes() =>
        Assert.Equal([1, 2, 4, 256, 300, 300], new[] { 0, 1, 2, 8, 9, 40 }.Select(outages => (int)Outage.PauseAfter(outages).TotalSeconds));

    [Fact]
    public async Task A_refused_message_is_dead_at_once_and_the_next_of_its_key_goes_on()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(3), "nothing"), Token);

        var activity = await host.TrackActivity().DoNotAssertOnExceptionsDetected().ExecuteAndWaitAsync(
            async bus =>
            {
                await bus.SendAsync(new ShipOrder(new OrderId(3)), Token);
                await bus.SendAsync(new NoteOrder(new OrderId(3), 1), Token);
            },
            Token);

        var letter = Assert.Single(activity.DeadLetters);
        Assert.Equal((typeof(RuleViolationException).FullName, 1), (letter.ExceptionType, letter.Attempts));
        Assert.Equal([1], (await host.OrderAsync(3))?.Notes);
    }

    [Fact]
    public async Task A_tracked_call_fails_when_something_died() =>
        Assert.Contains(
            nameof(RuleViolationException),
            (await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            {
                await using var host = await StartAsync();
                await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(4), "nothing"), Token);
                await host.TrackActivity().SendMessageAndWaitAsync(new ShipOrder(new OrderId(4)), Token);
            })).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task A_replayed_letter_is_handled_once_with_its_cause()
    {
        var broken = true;
        await using var host = await StartAsync();
        host.Table.Pack = (_, _) => broken ? throw new TimeoutException("broken") : Task.FromResult(4);
        var activity = await host.TrackActivity().DoNotAssertOnExceptionsDetected().InvokeMessageAndWaitAsync(new PlaceOrder(new OrderId(5), "tea"), Token);
        var letter = Assert.Single(activity.DeadLetters);

        broken = false;
        await host.TrackActivity().ExecuteAndWaitAsync(
            activity.CorrelationId,
            async () =>
            {
                var replays = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.ReplayAsync(letter.Id)));
                Assert.Equal(1, replays.Sum());
            },
            Token);

        var events = await host.EventsAsync(5);
        Assert.Equal([typeof(OrderPlaced), typeof(OrderPacked), typeof(OrderShipped)], events.Select(e => e.EventType));
        Assert.Equal(events[0].Id.ToString(), events[1].CausationId);
        Assert.DoesNotContain(await host.DeadLetters.ListAsync(100, before: null, Token), l => l.Id == letter.Id);
    }

    [Fact]
    public async Task A_discarded_letter_is_gone()
    {
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(6), "nothing"), Token);
        var activity = await host.TrackActivity().DoNotAssertOnExceptionsDetected().SendMessageAndWaitAsync(new ShipOrder(new OrderId(6)), Token);
        var letter = Assert.Single(activity.DeadLetters);

        Assert.Equal(1, await host.DiscardAsync(letter.Id));
        Assert.Equal(0, await host.DiscardAsync(letter.Id));
        Assert.Equal(0, await host.ReplayAsync(letter.Id));
    }

    [Fact]
    public async Task Dead_letters_are_listed_in_pages_youngest_first()
    {
        await using var fresh = await database.CloneAsync();
        await using var host = await TestBus.StartAsync(fresh.ConnectionString);
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(1), "nothing"), Token);
        await host.TrackActivity().DoNotAssertOnExceptionsDetected().ExecuteAndWaitAsync(
            async bus =>
            {
                for (var n = 0; n < 5; n++)
                    await bus.SendAsync(new ShipOrder(new OrderId(1)), Token);
            },
            Token);

        var first = await host.DeadLetters.ListAsync(3, before: null, Token);
        var second = await host.DeadLetters.ListAsync(3, before: first[^1].Id, Token);

        Assert.Equal((3, 2), (first.Count, second.Count));
        Assert.Equal(first.Concat(second).Select(l => l.Id).OrderDescending(), first.Concat(second).Select(l => l.Id));
    }

    [Fact]
    public async Task A_message_of_an_unknown_type_waits_for_a_worker_that_knows_it()
    {
        await using var host = await StartAsync();
        await QueueRows.ExecuteAsync(database, """
            insert into es.queue (message_id, type, body, headers, sent, due)
            values (gen_random_uuid(), 'Nobody.Knows', '{}', '{"correlation_id": "u", "user_name": "system"}', now(), now())
            """);

        await QueueRows.UntilAsync(database, "select last_error like '%No handler here for ''Nobody.Knows''%' and due > now() from es.queue where type = 'Nobody.Knows'");
        await QueueRows.ExecuteAsync(database, "delete from es.queue where type = 'Nobody.Knows'");
    }

    [Fact]
    public async Task Headers_nobody_can_read_are_the_failure_of_their_message_only()
    {
        await using var fresh = await database.CloneAsync();
        await using var host = await TestBus.StartAsync(fresh.ConnectionString, options => options.Policies.OnException<System.Text.Json.JsonException>().MoveToErrorQueue());
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(1), "nothing"), Token);
        await QueueRows.ExecuteAsync(fresh, """
            insert into es.queue (message_id, type, body, headers, sent, due)
            select gen_random_uuid(), 'EventSourced.Messaging.Tests.Orders.NoteOrder', '{"OrderId": 1, "Number": 5}', h::jsonb, now(), now()
            from unnest(array['[]', 'null', '{"correlation_id": 7}', '{"correlation_id": "c", "user_name": "system"}']) h
            """);

        await QueueRows.UntilAsync(fresh, "select not exists (select from es.queue)");

        Assert.Equal([5], (await host.OrderAsync(1))?.Notes);
        Assert.Equal(3, await QueueRows.CountAsync(fresh, "es.dead_letters"));
    }
}
