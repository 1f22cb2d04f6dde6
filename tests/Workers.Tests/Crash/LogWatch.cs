using System.Diagnostics;
using Npgsql;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>Looks at the log all the time, from where it ended when the watch began.</summary>
internal sealed class LogWatch : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly long from;

    private LogWatch(NpgsqlConnection connection, long from) => (this.connection, this.from) = (connection, from);

    public static async Task<LogWatch> BeginAsync(string connectionString, CancellationToken token)
    {
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(token);
        await using var end = new NpgsqlCommand("select coalesce(max(seq_id), 0) from mt_events", connection);
        return new LogWatch(connection, (long)(await end.ExecuteScalarAsync(token))!);
    }

    /// <summary>Returns the moment the count is reached.</summary>
    public async Task UntilAsync(string count, int enough, CancellationToken token)
    {
        var started = Stopwatch.GetTimestamp();
        await using var command = new NpgsqlCommand($"select n from (select pg_sleep(0.001)) pause, lateral ({count}) seen (n)", connection) { Parameters = { new() { Value = from } } };
        await command.PrepareAsync(token);
        while ((long)(await command.ExecuteScalarAsync(token))! < enough)
            Assert.True(Stopwatch.GetElapsedTime(started) < Until.Stalled, $"Not {enough} within {Until.Stalled.TotalSeconds:0} s: {count}.");
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
