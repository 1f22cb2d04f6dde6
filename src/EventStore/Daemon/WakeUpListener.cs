using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventSourced.EventStore.Daemon;

/// <summary>Hears other processes' wake-ups on a connection of its own, and connects again when it is lost.</summary>
internal sealed class WakeUpListener(string connectionString, Guid self, WakeUpSignals signals, TimeProvider time, ILogger logger)
{
    public const string Channel = "es_wake_ups";

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken token)
    {
        while (!token.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(token);
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                return;
            }
            catch (Exception lost) when (lost is not OperationCanceledException)
            {
                logger.WakeUpConnectionLost(lost);
                await Task.Delay(RetryAfter, time, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(CancellationToken token)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        connection.Notification += (_, notification) => OnNotification(notification.Payload);
        await connection.OpenAsync(token);
        await using (var listen = new NpgsqlCommand($"listen {Channel}", connection))
            await listen.ExecuteNonQueryAsync(token);

        // What was raised while nobody listened is not known, so everybody looks once.
        signals.RaiseAll();
        while (true)
            await connection.WaitAsync(token);
    }

    private void OnNotification(string payload)
    {
        // "<process> <topic>"; this process heard its own signals when it raised them.
        var space = payload.IndexOf(' ', StringComparison.Ordinal);
        if (space > 0 && payload[..space] != self.ToString("N"))
            signals.Raise(payload[(space + 1)..]);
    }
}
