using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Streams;

/// <summary>Reads the rows of several streams.</summary>
internal static class StreamStates
{
    public static NpgsqlBatchCommand Command(string[] keys) => keys is [var key]
        ? new(StreamSql.OneState) { Parameters = { new NpgsqlParameter<string> { TypedValue = key, NpgsqlDbType = NpgsqlDbType.Varchar } } }
        : new(StreamSql.States)
        {
            Parameters = { new NpgsqlParameter<string[]> { TypedValue = keys, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar }, new NpgsqlParameter<long> { TypedValue = keys.Length } },
        };

    /// <summary>Makes each append, of any version, expect the one read.</summary>
    /// <exception cref="InvalidStreamOperationException">A stream is archived.</exception>
    public static async Task ExpectAsync(NpgsqlDataReader reader, IReadOnlyList<StreamAppend> appends, CancellationToken token)
    {
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        while (await reader.ReadAsync(token))
        {
            if (reader.GetBoolean(2))
                throw AppendErrors.IsArchived(reader.GetString(0));

            versions[reader.GetString(0)] = reader.GetInt64(1);
        }

        foreach (var append in appends)
            append.Assume(versions.GetValueOrDefault(append.Key, StreamAppend.New));
    }
}
