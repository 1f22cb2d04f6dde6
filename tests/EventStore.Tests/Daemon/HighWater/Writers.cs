using Npgsql;

namespace EventSourced.EventStore.Tests.Daemon.HighWater;

/// <summary>How one writer behaves; every choice comes from its seeded random numbers.</summary>
/// <param name="Application">Its <c>application_name</c>; those that begin as ours are trusted to own a transaction id before they draw.</param>
/// <param name="Rollbacks">The share of transactions it rolls back.</param>
/// <param name="Delay">Up to how long it dawdles between two steps of a transaction.</param>
/// <param name="DelayedShare">In which share of its transactions it dawdles.</param>
/// <param name="EventsAtMost">Up to how many events an append has.</param>
/// <param name="Events">How many events it writes.</param>
internal sealed record Habits(string Application, double Rollbacks, TimeSpan Delay, double DelayedShare, int EventsAtMost, int Events);

/// <summary>A writer that appends until its share is written, whatever happens to its connections.</summary>
internal abstract class Writer(string connectionString, Habits habits, int seed)
{
    private readonly Random random = new(seed);

    protected Random Random => random;

    public int Committed { get; private set; }

    public async Task WriteAsync(CancellationToken token)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = habits.Application, MaxPoolSize = 2,
        }.ConnectionString);

        while (Committed < habits.Events)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(token);
                Committed += await AppendAsync(connection, Random.Next(1, habits.EventsAtMost + 1), token);
            }
            catch (NpgsqlException lost) when (!token.IsCancellationRequested && lost is not PostgresException { SqlState: not ("57P01" or "40P01" or "23505") })
            {
                // Its backend was terminated, or two writers met on a stream; the next attempt is another transaction.
            }
        }
    }

    /// <summary>One transaction.</summary>
    /// <returns>How many events it committed.</returns>
    protected abstract Task<int> AppendAsync(NpgsqlConnection connection, int count, CancellationToken token);

    protected bool Dawdles => habits.Delay > TimeSpan.Zero && Random.NextDouble() < habits.DelayedShare;

    protected bool RollsBack => Random.NextDouble() < habits.Rollbacks;

    protected string NewKey => $"thing-{Random.NextInt64()}";

    /// <summary>The server dawdles, with the transaction open.</summary>
    protected Task DawdleAsync(NpgsqlConnection connection, CancellationToken token) =>
        ExecuteAsync(connection, "select pg_sleep($1)", token, Random.NextDouble() * habits.Delay.TotalSeconds);

    protected static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken token, params object[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters)
            command.Parameters.AddWithValue(value);

        await command.ExecuteNonQueryAsync(token);
    }
}
