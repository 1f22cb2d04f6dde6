using System.Diagnostics;

namespace EventSourced.Messaging.Tests;

internal static class QueueRows
{
    /// <summary>Asks the database until the statement answers true; the questions themselves are the pause.</summary>
    public static async Task UntilAsync(TestDatabase database, string sql)
    {
        var begun = Stopwatch.GetTimestamp();
        await using var command = database.DataSource.CreateCommand($"select ({sql}) from (select pg_sleep(0.01)) pause");
        while (await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) is not true)
        {
            if (Stopwatch.GetElapsedTime(begun) > TimeSpan.FromSeconds(20))
                throw new TimeoutException($"Still not so: {sql}");
        }
    }

    public static async Task<int> CountAsync(TestDatabase database, string table)
    {
        await using var command = database.DataSource.CreateCommand($"select count(*)::int from {table}");
        return (int)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public static async Task ExecuteAsync(TestDatabase database, string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
