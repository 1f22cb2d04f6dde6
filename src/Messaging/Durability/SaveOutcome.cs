using Npgsql;

namespace EventSourced.Messaging.Durability;

internal static class SaveOutcome
{
    /// <summary>Whether certainly nothing was saved; a broken connection or a FATAL error may come after the commit.</summary>
    public static bool IsRolledBack(Exception e) => e switch
    {
        PostgresException { InvariantSeverity: "ERROR" } => true,
        NpgsqlException or TimeoutException or IOException or OperationCanceledException => false,
        _ => true,
    };
}
