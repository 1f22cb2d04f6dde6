using Npgsql;

namespace EventSourced.EventStore.Streams;

/// <summary>What the database's refusals mean (marten-schema 10).</summary>
internal static class AppendErrors
{
    /// <summary>Raised by <c>es.conflict()</c>.</summary>
    public const string Conflict = "ES001";

    public static InvalidStreamOperationException IsArchived(string key, Exception? inner = null) => new($"Stream '{key}' is archived.", inner);

    /// <summary>
    /// The exception for an error of a save. Constraints are told by the table they are on, because a partitioned table's have other names.
    /// </summary>
    /// <param name="error">As the database raised it.</param>
    /// <param name="appends">What the save appended.</param>
    /// <returns>Null when it is no lost race: then the error itself is the answer.</returns>
    public static Exception? Meaning(PostgresException error, IReadOnlyList<StreamAppend> appends) => error.SqlState switch
    {
        PostgresErrorCodes.UniqueViolation when IsOn(error, "mt_streams") && appends is [{ IsStart: true } start] =>
            new ExistingStreamIdCollisionException(start.Key, error),
        PostgresErrorCodes.UniqueViolation when IsOn(error, "mt_streams") || IsOn(error, "mt_events") => Lost(error, appends),
        "MT003" or PostgresErrorCodes.DeadlockDetected => Lost(error, appends),
        Conflict => new ConcurrencyException(error.MessageText, error),
        "MT001" => new InvalidStreamOperationException(error.MessageText, error),
        _ => null,
    };

    /// <summary>Reads why a stream's row was not won.</summary>
    public static async Task<Exception> ExplainAsync(NpgsqlConnection connection, StreamAppend append, Exception? inner, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(StreamSql.State, connection) { Parameters = { new() { Value = append.Key } } };
        await using var reader = await command.ExecuteReaderAsync(token);
        if (!await reader.ReadAsync(token))
            return new EventStreamUnexpectedMaxEventIdException(append.Key, append.Expected, 0, inner);

        if (append.IsStart)
            return new ExistingStreamIdCollisionException(append.Key, inner);

        return !reader.IsDBNull(5) && reader.GetBoolean(5)
            ? IsArchived(append.Key, inner)
            : new EventStreamUnexpectedMaxEventIdException(append.Key, Math.Max(append.Expected, 0), reader.IsDBNull(1) ? 0 : reader.GetInt64(1), inner);
    }

    private static ConcurrencyException Lost(PostgresException error, IReadOnlyList<StreamAppend> appends) => appends is [var only]
        ? new EventStreamUnexpectedMaxEventIdException(only.Key, Math.Max(only.Expected, 0), -1, error)
        : new ConcurrencyException("Another writer was faster.", error);

    private static bool IsOn(PostgresException error, string table) => error.TableName?.StartsWith(table, StringComparison.Ordinal) is true;
}
