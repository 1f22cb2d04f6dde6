using System.Diagnostics;
using Npgsql;

namespace EventSourced.Bench;

/// <summary>What PostgreSQL alone takes until somebody else has a row: it is inserted with a notification, and whoever listens reads it.</summary>
internal static class NotifiedRow
{
    public const string Name = "a row inserted and notified, read by who listens, bare Npgsql; p50";

    private const int WarmUp = 200, Measured = 2_000;

    private const string Table = "drop table if exists notified; create table notified (id int primary key, text text not null)";

    /// <returns>Milliseconds from the insert to the read.</returns>
    public static async Task<LoadResult> MeasureAsync(string database, CancellationToken cancellation)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using (var table = source.CreateCommand(Table))
            await table.ExecuteNonQueryAsync(cancellation);

        await using var writer = await source.OpenConnectionAsync(cancellation);
        await using var reader = await source.OpenConnectionAsync(cancellation);
        await using (var listen = new NpgsqlCommand("listen notified", reader))
            await listen.ExecuteNonQueryAsync(cancellation);

        await using var insert = new NpgsqlCommand("with i as (insert into notified values ($1, 'a line')) select pg_notify('notified', '')", writer) { Parameters = { new NpgsqlParameter<int>() } };
        await using var read = new NpgsqlCommand("select text from notified where id = $1", reader) { Parameters = { new NpgsqlParameter<int>() } };
        await insert.PrepareAsync(cancellation);
        await read.PrepareAsync(cancellation);
        var milliseconds = new List<double>(Measured);
        for (var n = 0; n < WarmUp + Measured; n++)
        {
            ((NpgsqlParameter<int>)insert.Parameters[0]).TypedValue = ((NpgsqlParameter<int>)read.Parameters[0]).TypedValue = n;
            var begun = Stopwatch.GetTimestamp();
            var inserted = insert.ExecuteNonQueryAsync(cancellation);
            await reader.WaitAsync(cancellation);
            if (await read.ExecuteScalarAsync(cancellation) is not string)
                throw new InvalidOperationException("The notification was there before its row.");

            if (n >= WarmUp)
                milliseconds.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);

            await inserted;
        }

        return new LoadResult(milliseconds, TimeSpan.FromMilliseconds(milliseconds.Sum()), AllocatedBytes: 0);
    }
}
