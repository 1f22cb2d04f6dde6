using System.Diagnostics;
using Npgsql;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>Looks at the log all the time, from where it ended when the watch began, whatever becomes of its connections.</summary>
internal sealed class LogWatch(Func<string> connectionString) : IAsyncDisposable
{
    private NpgsqlConnection? connection;
    private long from;

    public async Task BeginAsync(CancellationToken token) => from = await ReadAsync(async log =>
    {
        await using var end = new NpgsqlCommand("select coalesce(max(seq_id), 0) from mt_events", log);
        return (long)(await end.ExecuteScalarAsync(token))!;
    }, token);

    /// <summary>Returns the moment the count is reached.</summary>
    public async Task UntilAsync(string count, int enough, CancellationToken token)
    {
        var started = Stopwatch.GetTimestamp();
        await ReadAsync(async log =>
        {
            await using var command = new NpgsqlCommand($"select n from (select pg_sleep(0.001)) pause, lateral ({count}) seen (n)", log) { Parameters = { new() { Value = from } } };
            await command.PrepareAsync(token);
            while ((long)(await command.ExecuteScalarAsync(token))! < enough)
                Assert.True(Stopwatch.GetElapsedTime(started) < Until.Stalled, $"Not {enough} within {Until.Stalled.TotalSeconds:0} s: {count}.");

            return enough;
        }, token);
    }

    public ValueTask DisposeAsync() => connection?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>From the beginning whenever the server or the connection ends meanwhile.</summary>
    private async Task<T> ReadAsync<T>(Func<NpgsqlConnection, Task<T>> read, CancellationToken token)
    {
        var result = default(T);
        await Until.TrueAsync("the log can be read", async () =>
        {
            try
            {
                result = await read(connection ??= await OpenAsync(token));
                return true;
            }
            catch (Exception e) when (e is NpgsqlException or IOException)
            {
                await DisposeAsync();
                connection = null;
                return false;
            }
        }, Until.Stalled, token);
        return result!;
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken token)
    {
        var opened = new NpgsqlConnection(connectionString());
        await opened.OpenAsync(token);
        return opened;
    }
}
