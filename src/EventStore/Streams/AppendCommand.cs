using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Streams;

/// <summary>Fills the append statements and reads what they return.</summary>
internal sealed class AppendCommand(EventGraph graph)
{
    private const int MostFew = 64;

    /// <param name="append">Of a new stream or at a version above 0.</param>
    /// <param name="guarded">Whether losing raises an error, because other commands depend on it.</param>
    public NpgsqlBatchCommand One(StreamAppend append, bool guarded)
    {
        var (isNew, form) = (append.Expected == StreamAppend.New, FormOf(append.Events));
        var command = new NpgsqlBatchCommand(AppendSql.One(isNew, form, guarded));
        var parameters = command.Parameters;
        parameters.Add(Text(append.Key));
        parameters.Add(isNew ? Text(append.TypeAlias) : Number(append.Expected));
        parameters.Add(Number(append.Events.Count));
        parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = TimeOf(append) });
        if (form is EventsForm.One)
            AddBody(parameters, append.Events[0]);
        else
            AddBodies(parameters, append.Events);

        if (form is EventsForm.One or EventsForm.Alike)
            AddNames(parameters, append.Events[0]);
        else
            AddNames(parameters, append.Events);

        if (form is EventsForm.Any)
            AddMetadata(parameters, append.Events);
        else
            AddMetadata(parameters, append.Events[0]);

        return command;
    }

    /// <summary>Appends to several streams; a stream occurs once.</summary>
    public NpgsqlBatchCommand Many(IReadOnlyList<StreamAppend> appends, bool guarded)
    {
        var events = new List<StoredEvent>(appends.Count);
        var (areNew, areSingle) = (true, true);
        foreach (var append in appends)
        {
            events.AddRange(append.Events);
            areNew &= append.Expected == StreamAppend.New;
            areSingle &= append.Events.Count == 1;
        }

        var command = new NpgsqlBatchCommand(AppendSql.Many(areNew, areSingle, guarded));
        var parameters = command.Parameters;
        parameters.Add(SqlParameters.Array(appends, a => a.Key));
        parameters.Add(SqlParameters.Array(appends, a => a.TypeAlias));
        parameters.Add(SqlParameters.Array(appends, a => a.Expected));
        parameters.Add(SqlParameters.Array(appends, a => a.Events.Count));
        parameters.Add(SqlParameters.Array(appends, TimeOf));
        if (!areSingle)
        {
            parameters.Add(SqlParameters.Array(events, e => e.StreamKey));
            parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. appends.SelectMany(a => Enumerable.Range(1, a.Events.Count))] });
        }

        AddBodies(parameters, events);
        AddNames(parameters, events);
        AddMetadata(parameters, events);
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

    /// <summary>An element far behind in an array is found by passing over those before it.</summary>
    private static EventsForm FormOf(IReadOnlyList<StoredEvent> events)
    {
        var first = events[0];
        if (events.Count is 1 or > MostFew)
            return events.Count is 1 ? EventsForm.One : EventsForm.Any;

        var areAlike = true;
        for (var n = 1; n < events.Count; n++)
        {
            if (!events[n].HasMetadataOf(first))
                return EventsForm.Any;

            areAlike &= events[n].EventTypeName == first.EventTypeName && events[n].DotNetTypeName == first.DotNetTypeName;
        }

        return areAlike ? EventsForm.Alike : EventsForm.Few;
    }

    private static DateTime TimeOf(StreamAppend append) => append.Events[0].Timestamp.UtcDateTime;

    // Types that Npgsql infers by itself are not named: naming an array type builds strings for every parameter.
    private static NpgsqlParameter<string?> Text(string? value) => new NpgsqlParameter<string?> { TypedValue = value };

    private static NpgsqlParameter<long> Number(long value) => new() { TypedValue = value };

    private static NpgsqlParameter<byte[]> Json(byte[] value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Jsonb };

    private void AddBody(NpgsqlParameterCollection parameters, StoredEvent e)
    {
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = e.Id });
        parameters.Add(Json(graph.For(e.EventType).Serialize(e.Data)));
    }

    private static void AddNames(NpgsqlParameterCollection parameters, StoredEvent e)
    {
        parameters.Add(Text(e.EventTypeName));
        parameters.Add(Text(e.DotNetTypeName));
    }

    private static void AddMetadata(NpgsqlParameterCollection parameters, StoredEvent e)
    {
        parameters.Add(Text(e.CorrelationId));
        parameters.Add(Text(e.CausationId));
        parameters.Add(Json(e.HeadersToWrite()));
        parameters.Add(Text(e.UserName));
    }

    private void AddBodies(NpgsqlParameterCollection parameters, IReadOnlyList<StoredEvent> events)
    {
        parameters.Add(SqlParameters.Array(events, e => e.Id));
        parameters.Add(SqlParameters.Array(events, e => graph.For(e.EventType).Serialize(e.Data), NpgsqlDbType.Jsonb));
    }

    private static void AddNames(NpgsqlParameterCollection parameters, IReadOnlyList<StoredEvent> events)
    {
        parameters.Add(SqlParameters.Array(events, e => e.EventTypeName));
        parameters.Add(SqlParameters.Array(events, e => e.DotNetTypeName));
    }

    private static void AddMetadata(NpgsqlParameterCollection parameters, IReadOnlyList<StoredEvent> events)
    {
        parameters.Add(SqlParameters.Array(events, e => e.CorrelationId));
        parameters.Add(SqlParameters.Array(events, e => e.CausationId));
        parameters.Add(SqlParameters.Array(events, e => e.HeadersToWrite(), NpgsqlDbType.Jsonb));
        parameters.Add(SqlParameters.Array(events, e => e.UserName));
    }
}
