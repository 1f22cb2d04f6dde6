using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace EventSourced.EventStore.Daemon;

/// <summary>Signals in this process, and by PostgreSQL's NOTIFY between processes. Thread-safe. Connects at first use.</summary>
internal sealed class WakeUps : IWakeUps, IAsyncDisposable
{
    private readonly Guid self = Guid.NewGuid();
    private readonly TimeProvider time;
    private readonly WakeUpSignals signals = new();
    private readonly WakeUpSender sender;
    private readonly WakeUpListener listener;
    private readonly CancellationTokenSource stop = new();
    private readonly Lazy<Task> sending;
    private readonly Lazy<Task> listening;

    public WakeUps(string connectionString, TimeProvider? time = null, ILogger? logger = null)
    {
        this.time = time ?? TimeProvider.System;
        sender = new WakeUpSender(Dedicated(connectionString, "notify"), self, this.time, logger ?? NullLogger.Instance);
        listener = new WakeUpListener(Dedicated(connectionString, "listen"), self, signals, this.time, logger ?? NullLogger.Instance);
        sending = new Lazy<Task>(() => Task.Run(() => sender.RunAsync(stop.Token)));
        listening = new Lazy<Task>(() => Task.Run(() => listener.RunAsync(stop.Token)));
    }

    public void Raise(string topic)
    {
        // A save may end after the store does; what it would wake is gone.
        if (stop.IsCancellationRequested)
            return;

        signals.Raise(topic);
        sender.Raise(topic);
        _ = sending.Value;
    }

    public async Task WaitAsync(string topic, TimeSpan atMost, CancellationToken token)
    {
        ObjectDisposedException.ThrowIf(stop.IsCancellationRequested, this);
        var signal = signals.Next(topic);
        _ = listening.Value;
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(token, stop.Token);
        await Task.WhenAny(signal, Task.Delay(atMost, time, waiting.Token));
        await waiting.CancelAsync();
        token.ThrowIfCancellationRequested();
    }

    public async ValueTask DisposeAsync()
    {
        if (stop.IsCancellationRequested)
            return;

        await stop.CancelAsync();
        if (sending.IsValueCreated)
            await sending.Value;

        if (listening.IsValueCreated)
            await listening.Value;
    }

    private static string Dedicated(string connectionString, string purpose) => new NpgsqlConnectionStringBuilder(connectionString)
    {
        ApplicationName = $"{StoreOptions.ApplicationNamePrefix} {purpose}", Pooling = false, KeepAlive = 10,
    }.ConnectionString;
}
