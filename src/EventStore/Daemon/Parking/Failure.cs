using Npgsql;

namespace EventSourced.EventStore.Daemon.Parking;

/// <summary>One document's event that failed.</summary>
internal sealed record Failure(string DocumentId, long Sequence, Exception Exception)
{
    /// <summary>Stands for the documents of an event that could not be read or routed.</summary>
    public static string UnknownDocumentOf(long sequence) => $"event:{sequence}";

    /// <summary>Whether an error of the database is about the data of one document, so that a repetition cannot cure it and others are not concerned.</summary>
    public static bool IsAboutData(PostgresException error) =>
        error.SqlState.StartsWith("22", StringComparison.Ordinal) || error.SqlState.StartsWith("23", StringComparison.Ordinal) || error.SqlState == "P0001";
}
