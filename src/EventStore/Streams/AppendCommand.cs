using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Streams;

/// <summary>Fills the append statements and reads what they return.</summary>
internal sealed class AppendCommand(EventGraph graph)
{
    /// <param name="append">With its expected version known.</param>
    /// <param name="guarded">Whether losing raises an error, because other commands depend on it.</param>
    public NpgsqlBatchCommand One(StreamAppend append, bool guarded)
    {
        var isNew = append.Expected == StreamAppend.New;
        var command = new NpgsqlBatchCommand((isNew, guarded) switch
        {
            (true, true) => AppendSql.NewGuarded,
            (true, false) => AppendSql.New,
            (false, true) => AppendSql.ExistingGuarded,
            (false, false) => AppendSql.Existing,
        });
        var parameters = command.Parameters;
        parameters.Add(new NpgsqlParameter<string> { TypedValue = append.Key, NpgsqlDbType = NpgsqlDbType.Varchar });
        parameters.Add(isNew
            ? new NpgsqlParameter<string?> { TypedValue = append.TypeAlias, NpgsqlDbType = NpgsqlDbType.Varchar }
            : new NpgsqlParameter<long> { TypedValue = append.Expected, NpgsqlDbType = NpgsqlDbType.Bigint });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = append.Events.Count, NpgsqlDbType = NpgsqlDbType.Bigint });
        parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = TimeOf(append), NpgsqlDbType = NpgsqlDbType.TimestampTz });
        AddBodies(parameters, append.Events);
        return command;
    }

    /// <summary>Appends to several streams; a stream occurs once.</summary>
    public NpgsqlBatchCommand Many(IReadOnlyList<StreamAppend> appends, bool guarded)
    {
        var events = new List<StoredEvent>(appends.Count);
        var positions = new List<int>(appends.Count);
        foreach (var append in appends)
        {
            for (var n = 0; n < append.Events.Count; n++)
            {
                events.Add(append.Events[n]);
                positions.Add(n + 1);
            }
        }

        var command = new NpgsqlBatchCommand(guarded ? AppendSql.ManyGuarded : AppendSql.Many);
        var parameters = command.Parameters;
        parameters.Add(SqlParameters.Array(appends, a => a.Key, NpgsqlDbType.Varchar));
        parameters.Add(SqlParameters.Array(appends, a => a.TypeAlias, NpgsqlDbType.Varchar));
        parameters.Add(SqlParameters.Array(appends, a => a.Expected, NpgsqlDbType.Bigint));
        parameters.Add(SqlParameters.Array(appends, a => a.Events.Count, NpgsqlDbType.Integer));
        parameters.Add(SqlParameters.Array(appends, TimeOf, NpgsqlDbType.TimestampTz));
        parameters.Add(SqlParameters.Array(events, e => e.StreamKey, NpgsqlDbType.Varchar));
        parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. positions], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer });
        AddBodies(parameters, events);
        return command;
    }

    /// <summary>Reads the result of <see cref="One"/>.</summary>
    /// <returns>Whether the stream's row was won.</returns>
    public static async Task<bool> ReadOneAsync(NpgsqlDataReader reader, StreamAppend append, CancellationToken token)
    {
        var n = 0;
        while (await reader.ReadAsync(token))
            append.Events[n++].Sequence = reader.GetInt64(0);

        return n > 0;
    }

    /// <summary>Reads the result of <see cref="Many"/>.</summary>
    /// <returns>The streams whose row was won.</returns>
    public static async Task<HashSet<string>> ReadManyAsync(NpgsqlDataReader reader, IReadOnlyList<StreamAppend> appends, CancellationToken token)
    {
        var byKey = appends.ToDictionary(a => a.Key, StringComparer.Ordinal);
        var read = new Dictionary<string, int>(StringComparer.Ordinal);
        while (await reader.ReadAsync(token))
        {
            var key = reader.GetString(2);
            var n = read.GetValueOrDefault(key);
            read[key] = n + 1;
            if (n == 0 && byKey[key].Expected == StreamAppend.Any)
                byKey[key].Expect(reader.GetInt64(1) - 1);

            byKey[key].Events[n].Sequence = reader.GetInt64(0);
        }

        return [.. read.Keys];
    }

    private static DateTime TimeOf(StreamAppend append) => append.Events[0].Timestamp.UtcDateTime;

    private void AddBodies(NpgsqlParameterCollection parameters, IReadOnlyList<StoredEvent> events)
    {
        parameters.Add(SqlParameters.Array(events, e => e.Id, NpgsqlDbType.Uuid));
        parameters.Add(SqlParameters.Array(events, e => graph.For(e.EventType).Serialize(e.Data), NpgsqlDbType.Jsonb));
        parameters.Add(SqlParameters.Array(events, e => e.EventTypeName, NpgsqlDbType.Varchar));
        parameters.Add(SqlParameters.Array(events, e => e.DotNetTypeName, NpgsqlDbType.Varchar));
        parameters.Add(SqlParameters.Array(events, e => e.CorrelationId, NpgsqlDbType.Varchar));
        parameters.Add(SqlParameters.Array(events, e => e.CausationId, NpgsqlDbType.Varchar));
        parameters.Add(SqlParameters.Array(events, e => HeaderJson.Write(e.Headers), NpgsqlDbType.Jsonb));
        parameters.Add(SqlParameters.Array(events, e => e.UserName, NpgsqlDbType.Varchar));
    }
}
