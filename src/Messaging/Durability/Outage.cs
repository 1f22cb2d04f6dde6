using Npgsql;

namespace EventSourced.Messaging.Durability;

/// <summary>Failures that the database is to blame for, and not what was asked of it.</summary>
internal static class Outage
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The server is away, is starting or stopping, has run out of connections, memory or space, or gave up a transaction of a process that was frozen. A statement that takes too long is
    /// none.
    /// </summary>
    public static bool IsBehind(Exception failure) => failure switch
    {
        PostgresException { SqlState: "57P01" or "57P02" or "57P03" or "25P03" } => true,
        PostgresException refused => refused.SqlState.StartsWith("08", StringComparison.Ordinal) || refused.SqlState.StartsWith("53", StringComparison.Ordinal),
        NpgsqlException { InnerException: TimeoutException } => false,
        NpgsqlException lost => lost.IsTransient,
        _ => false,
    };

    /// <summary>1 second, twice as long after each outage that met the same message, at most 5 minutes.</summary>
    public static TimeSpan PauseAfter(int outages)
    {
        var pause = TimeSpan.FromSeconds(1 << Math.Min(outages, 10));
        return pause < LongestPause ? pause : LongestPause;
    }
}
