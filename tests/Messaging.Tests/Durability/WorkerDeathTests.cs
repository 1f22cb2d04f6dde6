using EventSourced.Messaging.Tests.Orders;
using Npgsql;

namespace EventSourced.Messaging.Tests.Durability;

/// <summary>A worker that dies says nothing: its messages are handed out again when their leases end, and nobody knows whether one of them was the reason.</summary>
public sealed class WorkerDeathTests(BusDatabase database) : IClassFixture<BusDatabase>
{
    private const int MostDeaths = 10;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Task<TestBus> StartAsync() => TestBus.StartAsync(
        database.ConnectionString,
        options =>
        {
            options.ShutdownGrace = TimeSpan.Zero;
            options.Policies.OnException<TimeoutException>().RetryWithCooldown(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(20));
        });

    [Fact]
    public async Task A_message_that_ends_each_worker_that_begins_it_is_dead_in_the_end()
    {
        var never = new Gate();
        await using var host = await StartAsync();
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(1), "nothing"), Token);
        host.Table.Pack = async (_, token) =>
        {
            await never.EnterAsync(token);
            return 1;
        };

        var activity = await host.TrackActivity().DoNotAssertOnExceptionsDetected().ExecuteAndWaitAsync(
            async bus =>
            {
                await bus.SendAsync(new PackOrder(new OrderId(1)), Token);
                for (var death = 0; death <= MostDeaths; death++)
                {
                    await QueueRows.UntilAsync(database, $"select exists (select from es.queue where type like '%PackOrder' and due > now() and lease_token is not null and deaths = {death})");
                    await QueueRows.ExecuteAsync(database, "update es.queue set due = now(), lease_token = gen_random_uuid() where type like '%PackOrder'");
                }
            },
            Token);

        var letter = Assert.Single(activity.DeadLetters);
        Assert.Equal((1 + MostDeaths, 1), (never.Entries, letter.Attempts));
    }

    [Fact]
    public async Task Tries_that_died_with_their_workers_leave_the_message_all_of_its_own()
    {
        var tries = 0;
        await using var host = await StartAsync();
        host.Table.Pack = (_, _) => ++tries < 3 ? throw new TimeoutException("not now") : Task.FromResult(9);
        await host.Bus.InvokeAsync(new PlaceOrder(new OrderId(2), "nothing"), Token);

        await InsertAsync(order: 2, correlation: "died before", attempts: 1, deaths: MostDeaths - 1);
        await host.TrackActivity().ExecuteAndWaitAsync("died before", () => Task.CompletedTask, Token);

        Assert.Equal(3, tries);
        Assert.Equal(9, (await host.OrderAsync(2))?.Box);
    }

    [Fact]
    public async Task Tries_in_an_outage_of_the_database_do_not_count()
    {
        var tries = 0;
        await using var host = await StartAsync();
        host.Table.Pack = (_, _) => ++tries switch
        {
            <= 2 => throw new NpgsqlException("The connection was lost.", new IOException()),
            3 => throw new PostgresException("terminating connection due to idle-in-transaction timeout", "FATAL", "FATAL", "25P03"),
            <= 5 => throw new TimeoutException("not now"),
            _ => Task.FromResult(9),
        };

        await host.TrackActivity().InvokeMessageAndWaitAsync(new PlaceOrder(new OrderId(3), "tea"), Token);

        Assert.Equal(6, tries);
        Assert.Equal(9, (await host.OrderAsync(3))?.Box);
    }

    [Fact]
    public async Task What_a_worker_hands_back_when_it_stops_stays_suspect_and_is_no_death()
    {
        var slow = new Gate();
        await using var first = await StartAsync();
        first.Table.Pack = async (_, token) =>
        {
            await slow.EnterAsync(token);
            return 9;
        };
        await first.Bus.InvokeAsync(new PlaceOrder(new OrderId(4), "nothing"), Token);
        await InsertAsync(order: 4, correlation: "given back", attempts: 1, deaths: 0);
        await slow.SomebodyEnteredAsync();
        await first.StopAsync();

        await QueueRows.UntilAsync(database, "select (attempts, deaths) = (0, 1) and lease_token is null from es.queue where headers ->> 'correlation_id' = 'given back'");
        await QueueRows.ExecuteAsync(database, "delete from es.queue where headers ->> 'correlation_id' = 'given back'");
    }

    private Task InsertAsync(int order, string correlation, int attempts, int deaths) => QueueRows.ExecuteAsync(database, $$"""
        insert into es.queue (message_id, type, body, headers, sent, due, attempts, deaths, lease_token)
        values (gen_random_uuid(), 'EventSourced.Messaging.Tests.Orders.PackOrder', '{"OrderId": {{order}}}', '{"correlation_id": "{{correlation}}", "user_name": "system"}',
            now(), now(), {{attempts}}, {{deaths}}, gen_random_uuid())
        """);
}
