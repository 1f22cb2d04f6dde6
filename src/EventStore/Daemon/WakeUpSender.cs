using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventSourced.EventStore.Daemon;

/// <summary>Tells other processes, on a connection of its own, after the commit and never in its transaction: NOTIFY serializes the commits that carry it.</summary>
internal sealed class WakeUpSender(string connectionString, Guid self, TimeProvider time, ILogger logger)
{
    private const string Sql = $"select pg_notify('{WakeUpListener.Channel}', topic) from unnest($1::text[]) topic";

    private static readonly TimeSpan AtLeastBetween = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock sync = new();
    private readonly Channel<bool> dirty = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private HashSet<string> topics = new(StringComparer.Ordinal);

    public void Raise(string topic)
    {
        bool added;
        lock (sync)
            added = topics.Add(topic);

        if (added)
            dirty.Writer.TryWrite(true);
    }

    public async Task RunAsync(CancellationToken token)
    {
        NpgsqlConnection? connection = null;
        try
        {
            while (await dirty.Reader.WaitToReadAsync(token))
            {
                dirty.Reader.TryRead(out _);
                connection = await SendAsync(connection, token);
                await Task.Delay(AtLeastBetween, time, token);
            }
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // The host stops; wake-ups are hints.
        }
        finally
        {
            if (connection is not null)
                await connection.DisposeAsync();
        }
    }

    private async Task<NpgsqlConnection?> SendAsync(NpgsqlConnection? connection, CancellationToken token)
    {
        var payloads = Take();
        try
        {
            connection ??= await ConnectAsync(token);
            await using var notify = new NpgsqlCommand(Sql, connection) { Parameters = { new() { Value = payloads } } };
            await notify.ExecuteNonQueryAsync(token);
            return connection;
        }
        catch (Exception lost) when (lost is not OperationCanceledException)
        {
            // Whoever missed it polls; sending it late is worth no queue.
            logger.WakeUpConnectionLost(lost);
            if (connection is not null)
                await connection.DisposeAsync();

            await Task.Delay(RetryAfter, time, token);
            return null;
        }
    }

    private string[] Take()
    {
        lock (sync)
        {
            var taken = topics.Select(topic => $"{self:N} {topic}").ToArray();
            topics = new(StringComparer.Ordinal);
            return taken;
        }
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken token)
    {
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(token);

        // A notification owns a transaction id, so its commit would wait for the disk.
        await using var hint = new NpgsqlCommand("set synchronous_commit = off", connection);
        await hint.ExecuteNonQueryAsync(token);
        return connection;
    }
}
