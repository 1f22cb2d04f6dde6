using Npgsql;
using EventSourced.EventStore.Daemon;

namespace EventSourced.EventStore.Tests.Daemon;

public sealed class WakeUpTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    // What wakes up in time was woken, not polled.
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30), Poll = TimeSpan.FromHours(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_waiter_of_the_same_process_wakes_at_once_and_only_for_its_topic()
    {
        await using var wakeUps = new WakeUps(database.ConnectionString, new ManualClock());

        var events = wakeUps.WaitAsync("events", Poll, Token);
        var mark = wakeUps.WaitAsync("mark", Poll, Token);
        wakeUps.Raise("events");

        await events.WaitAsync(Long, Token);
        Assert.False(mark.IsCompleted);
    }

    [Fact]
    public async Task Without_a_signal_the_poll_is_the_promise()
    {
        var clock = new ManualClock();
        await using var wakeUps = new WakeUps(database.ConnectionString, clock);

        var waiting = wakeUps.WaitAsync("events", TimeSpan.FromSeconds(1), Token);
        clock.Advance(TimeSpan.FromSeconds(0.9));
        Assert.False(waiting.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.1));

        await waiting.WaitAsync(Long, Token);
    }

    [Fact]
    public async Task Another_process_hears_it()
    {
        await using var here = new WakeUps(database.ConnectionString);
        await using var there = new WakeUps(database.ConnectionString);
        await ListeningAsync(there);

        var waiting = there.WaitAsync("events", Poll, Token);
        here.Raise("events");

        await waiting.WaitAsync(Long, Token);
    }

    [Fact]
    public async Task Many_signals_become_few_notifications()
    {
        await using var here = new WakeUps(database.ConnectionString);
        await using var ear = new NpgsqlConnection(database.ConnectionString);
        var heard = new List<string>();
        ear.Notification += (_, n) => heard.Add(n.Payload.Split(' ')[1]);
        await ear.OpenAsync(Token);
        await using (var listen = new NpgsqlCommand("listen es_wake_ups", ear))
            await listen.ExecuteNonQueryAsync(Token);

        for (var i = 0; i < 10_000; i++)
            here.Raise("events");

        here.Raise("last");
        while (!heard.Contains("last"))
            await ear.WaitAsync(Token);

        Assert.InRange(heard.Count(topic => topic == "events"), 1, 10);
    }

    [Fact]
    public async Task A_terminated_listener_connects_again_and_wakes_everybody_once()
    {
        await using var here = new WakeUps(database.ConnectionString);
        await ListeningAsync(here);

        var waiting = here.WaitAsync("events", Poll, Token);
        await using (var kill = database.DataSource.CreateCommand(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'eventsourced listen'"))
            await kill.ExecuteNonQueryAsync(Token);

        await waiting.WaitAsync(Long, Token);
    }

    /// <summary>Completes when the listener is connected: a connected one wakes everybody once.</summary>
    private static Task ListeningAsync(WakeUps wakeUps) => wakeUps.WaitAsync("any", Poll, Token).WaitAsync(Long, Token);
}
