using EventSourced.Domain;
using EventSourced.Messaging.Tests.Orders;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace EventSourced.Messaging.Tests.Durability;

/// <summary>Commands invoked at the same time, which gather and share transactions.</summary>
public sealed class DecisionLanesTests(BusDatabase template) : IClassFixture<BusDatabase>, IAsyncLifetime
{
    private const string SomebodyWaits = "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')";

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
    public async Task Commands_on_different_streams_share_transactions_and_each_keeps_its_own_result_and_metadata()
    {
        await PlaceAsync(200);

        var results = await Task.WhenAll(Enumerable.Range(1, 200).Select(id => InvokeAsync(new NoteOrder(new OrderId(id), id))));

        Assert.InRange(await NotesTransactionsAsync(), 200 / 64, 150);
        for (var id = 1; id <= 200; id++)
        {
            var stream = Assert.Single(results[id - 1].Streams);
            Assert.Equal((new OrderId(id).StreamKey, 2), (stream.Key, stream.Version));
            var noted = (await host.EventsAsync(id))[^1];
            Assert.Equal((new OrderNoted(new OrderId(id), id), $"request-order-{id}", $"user-order-{id}"), (noted.Data, noted.CorrelationId, noted.UserName));
        }
    }

    [Fact]
    public async Task What_follows_names_its_own_event_and_request()
    {
        await PlaceAsync(30);

        await Task.WhenAll(Enumerable.Range(1, 30).Select(id => InvokeAsync(new RecordPacked(new OrderId(id), id))));

        Assert.Equal(30, await QueueRows.CountAsync(database, "es.queue"));
        Assert.Equal([30L], await host.QueryAsync<long>("""
            select count(*) from es.queue q join mt_events e on e.stream_id = q.key and e.type = 'order_packed'
            where q.headers ->> 'causation_id' = e.id::text and q.headers ->> 'correlation_id' = 'request-' || q.key and q.headers ->> 'user_name' = 'user-' || q.key
            """));
    }

    [Fact]
    public async Task A_refusal_is_its_own_callers_only()
    {
        await PlaceAsync(40);

        var calls = Enumerable.Range(1, 40).Select(id => InvokeAsync(id % 4 == 0 ? new ShipOrder(new OrderId(id)) : new NoteOrder(new OrderId(id), id))).ToList();
        await Task.WhenAll(calls).ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.All(calls.Where((_, n) => (n + 1) % 4 == 0), call => Assert.IsType<RuleViolationException>(call.Exception?.InnerException));
        Assert.All(calls.Where((_, n) => (n + 1) % 4 != 0), call => Assert.True(call.IsCompletedSuccessfully));
        Assert.Equal([30L], await host.QueryAsync<long>("select count(*) from mt_events where type = 'order_noted'"));
    }

    [Fact]
    public async Task Commands_on_one_stream_follow_each_other_and_none_is_lost()
    {
        await PlaceAsync(2);

        await Task.WhenAll(Enumerable.Range(1, 60).Select(n => InvokeAsync(new NoteOrder(new OrderId(1 + n % 2), n))));

        Assert.Equal(Enumerable.Range(1, 60).Where(n => n % 2 == 0), (await host.OrderAsync(1))!.Notes.Order());
        Assert.Equal(Enumerable.Range(1, 60).Where(n => n % 2 == 1), (await host.OrderAsync(2))!.Notes.Order());
    }

    [Fact]
    public async Task Of_several_that_start_one_stream_one_wins_and_the_others_are_told()
    {
        var calls = Enumerable.Range(1, 30).Select(id => InvokeAsync(new PlaceOrder(new OrderId(id <= 10 ? 1 : id), "tea"))).ToList();
        await Task.WhenAll(calls).ContinueWith(_ => { }, TaskScheduler.Default);

        var refused = calls.Where(c => c.IsFaulted).ToList();
        Assert.Equal(9, refused.Count);
        Assert.All(refused, c => Assert.IsType<ExistingStreamIdCollisionException>(c.Exception?.InnerException));
        Assert.Equal([21L], await host.QueryAsync<long>("select count(*) from mt_streams"));
    }

    [Fact]
    public async Task Commands_that_wait_for_a_lock_do_not_hold_up_the_others()
    {
        await PlaceAsync(20);
        await using var rival = await LockAsync("id in ('order-1', 'order-2', 'order-3')");
        var held = new List<Task<CommandResult>> { InvokeAsync(new NoteOrder(new OrderId(1), 1)) };
        await QueueRows.UntilAsync(database, SomebodyWaits);
        held.AddRange(Enumerable.Range(2, 2).Select(id => InvokeAsync(new NoteOrder(new OrderId(id), id))));

        await Task.WhenAll(Enumerable.Range(4, 17).Select(id => InvokeAsync(new NoteOrder(new OrderId(id), id))));

        Assert.All(held, call => Assert.False(call.IsCompleted));
        await rival.CloseAsync();
        await Task.WhenAll(held);
        Assert.Equal([20L], await host.QueryAsync<long>("select count(*) from mt_events where type = 'order_noted'"));
    }

    [Fact]
    public async Task A_command_whose_outcome_nobody_knows_is_not_run_again()
    {
        await PlaceAsync(2);
        await using var rival = await LockAsync("id in ('order-1', 'order-2')");
        var calls = Enumerable.Range(1, 2).Select(id => InvokeAsync(new NoteOrder(new OrderId(id), id))).ToList();
        await QueueRows.UntilAsync(database, SomebodyWaits);
        while (calls.Exists(c => !c.IsCompleted))
        {
            await QueueRows.ExecuteAsync(database, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
            await Task.WhenAny(Task.WhenAll(calls), QueueRows.UntilAsync(database, SomebodyWaits));
        }

        Assert.All(calls, call => Assert.IsType<PostgresException>(call.Exception?.InnerException, exactMatch: false));
        await rival.CloseAsync();
        Assert.Equal([0L], await host.QueryAsync<long>("select count(*) from mt_events where type = 'order_noted'"));
    }

    [Fact]
    public async Task Who_gave_up_before_a_transaction_took_it_changed_nothing()
    {
        await PlaceAsync(1);
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => InvokeAsync(new NoteOrder(new OrderId(1), 1), gone.Token));

        Assert.Empty((await host.OrderAsync(1))!.Notes);
    }

    [Fact]
    public async Task An_expected_version_holds_for_a_command_among_others()
    {
        await PlaceAsync(10);

        var calls = Enumerable.Range(1, 10).Select(id => InvokeAsync(new NoteOrder(new OrderId(id), id), expected: id == 5 ? 7 : 1)).ToList();
        await Task.WhenAll(calls).ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.IsType<UnexpectedStreamVersionException>(calls[4].Exception?.InnerException);
        Assert.Equal(9, calls.Count(c => c.IsCompletedSuccessfully));
        Assert.Empty((await host.OrderAsync(5))!.Notes);
    }

    [Fact]
    public async Task Commands_whose_streams_a_Load_finds_share_transactions_and_each_gets_one_of_its_own()
    {
        await PlaceAsync(250);

        var results = await Task.WhenAll(Enumerable.Range(1, 120).Select(TouchAsync));

        Assert.Equal(120, results.Select(r => Assert.Single(r.Streams)).Select(s => (s.Key, s.Version)).Distinct().Count());
        Assert.InRange(await NotesTransactionsAsync(), 2, 80);
        Assert.Equal([120L], await host.QueryAsync<long>(
            "select count(*) from mt_events where type = 'order_noted' and user_name = 'user-' || (data ->> 'Number') and correlation_id = 'request-' || (data ->> 'Number')"));
    }

    [Fact]
    public async Task Commands_for_which_a_Load_finds_no_stream_are_told_so() =>
        Assert.All(await Task.WhenAll(Enumerable.Range(1, 40).Select(TouchAsync)), r => Assert.Empty(r.Streams));

    [Fact]
    public async Task A_Load_that_throws_for_one_stands_in_nobody_elses_way()
    {
        await PlaceAsync(100);

        var calls = Enumerable.Range(1, 30).Select(n => TouchAsync(n % 10 == 0 ? -n : n)).ToList();
        await Task.WhenAll(calls).ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.Equal(3, calls.Count(c => c.Exception?.InnerException is InvalidOperationException));
        Assert.Equal(27, calls.Where(c => c.IsCompletedSuccessfully).SelectMany(c => c.Result.Streams).Select(s => (s.Key, s.Version)).Distinct().Count());
        Assert.Equal([27L], await host.QueryAsync<long>("select count(*) from mt_events where type = 'order_noted'"));
    }

    private async Task<CommandResult> TouchAsync(int number)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<MessageContext>();
        (context.CorrelationId, context.UserName) = ($"request-{number}", $"user-{number}");
        return await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync<CommandResult>(new TouchOldestOrder(number), Token);
    }

    private Task PlaceAsync(int count) =>
        host.Bus.InvokeAsync(new PlaceOrders([.. Enumerable.Range(1, count).Select(id => new OrderId(id))], "nothing"), Token);

    /// <summary>As a request of its own.</summary>
    private Task<CommandResult> InvokeAsync(object command, CancellationToken cancellation) => InvokeAsync(command, expected: null, cancellation);

    private async Task<CommandResult> InvokeAsync(object command, long? expected = null, CancellationToken? cancellation = null)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<MessageContext>();
        var stream = ((OrderId)command.GetType().GetProperty("OrderId")!.GetValue(command)!).StreamKey;
        (context.CorrelationId, context.UserName) = ($"request-{stream}", $"user-{stream}");
        context.ExpectedVersions = expected is { } version ? [version] : null;
        return await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync<CommandResult>(command, cancellation ?? Token);
    }

    private async Task<long> NotesTransactionsAsync() =>
        Assert.Single(await host.QueryAsync<long>("select count(distinct xmin::text) from mt_events where type = 'order_noted'"));

    /// <summary>A writer that holds the streams until its connection is closed.</summary>
    private async Task<NpgsqlConnection> LockAsync(string streams)
    {
        var rival = await database.DataSource.OpenConnectionAsync(Token);
        await using var command = rival.CreateCommand();
        command.CommandText = $"begin; select from mt_streams where {streams} for update";
        await command.ExecuteNonQueryAsync(Token);
        return rival;
    }
}
