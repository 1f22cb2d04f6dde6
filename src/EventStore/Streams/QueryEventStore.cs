using Npgsql;
using NpgsqlTypes;

namespace EventSourced.EventStore.Streams;

internal class QueryEventStore(QuerySession session) : IQueryEventStore
{
    public async Task<IReadOnlyList<IEvent>> FetchStreamAsync(
        string streamKey, long version = 0, DateTimeOffset? timestamp = null, long fromVersion = 0, CancellationToken token = default)
    {
        var events = new List<IEvent>();
        await using var lease = await session.LeaseAsync(token);
        await using var command = Fetch(StreamSql.Fetch, lease.Connection, streamKey, version, timestamp, fromVersion);
        await using var reader = await command.ExecuteReaderAsync(token);
        while (await reader.ReadAsync(token))
        {
            if (EventRows.IsEvent(reader))
                events.Add(EventRows.Read(reader, session.Owner.Events));
        }

        return events;
    }

    public async Task<T?> AggregateStreamAsync<T>(
        string streamKey, long version = 0, DateTimeOffset? timestamp = null, T? state = null, long fromVersion = 0, CancellationToken token = default)
        where T : class
    {
        var model = session.Owner.Projections.AggregateOf(typeof(T));
        if (state is null && !model.ReadsMetadata && !session.Owner.Events.SharesAliases)
        {
            try
            {
                return (T?)(await FoldBodiesAsync(new LiveFold(model, state: null), streamKey, version, timestamp, fromVersion, token)).Result(streamKey);
            }
            catch (UnknownEventTypeException)
            {
                // Its .NET name may be known, and is a column of the whole event.
            }
        }

        return (T?)(await FoldAsync(new LiveFold(model, state), StreamSql.Fetch, streamKey, version, timestamp, fromVersion, token)).Result(streamKey);
    }

    public async Task<T?> AggregateArchivedStreamAsync<T>(string streamKey, long version = 0, CancellationToken token = default) where T : class
    {
        var fold = new LiveFold(session.Owner.Projections.AggregateOf(typeof(T)), state: null);
        return (T?)(await FoldAsync(fold, StreamSql.FetchArchived, streamKey, version, timestamp: null, fromVersion: 0, token)).Result(streamKey);
    }

    public async Task<StreamState?> FetchStreamStateAsync(string streamKey, CancellationToken token = default)
    {
        await using var lease = await session.LeaseAsync(token);
        await using var command = new NpgsqlCommand(StreamSql.State, lease.Connection) { Parameters = { Key(streamKey) } };
        await using var reader = await command.ExecuteReaderAsync(token);
        return await reader.ReadAsync(token)
            ? new StreamState(
                reader.GetString(0), reader.IsDBNull(1) ? 0 : reader.GetInt64(1), EventRows.Text(reader, 2), EventRows.Time(reader, 3),
                EventRows.Time(reader, 4), !reader.IsDBNull(5) && reader.GetBoolean(5))
            {
                AggregateType = session.Owner.Projections.AggregateNamed(EventRows.Text(reader, 2)),
            }
            : null;
    }

    public async Task<IEvent?> LoadAsync(Guid id, CancellationToken token = default)
    {
        await using var lease = await session.LeaseAsync(token);
        await using var command = new NpgsqlCommand(StreamSql.Event, lease.Connection)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = id, NpgsqlDbType = NpgsqlDbType.Uuid } },
        };
        await using var reader = await command.ExecuteReaderAsync(token);
        return await reader.ReadAsync(token) && EventRows.IsEvent(reader) ? EventRows.Read(reader, session.Owner.Events) : null;
    }

    private async Task<LiveFold> FoldAsync(
        LiveFold fold, string sql, string streamKey, long version, DateTimeOffset? timestamp, long fromVersion, CancellationToken token)
    {
        await using var lease = await session.LeaseAsync(token);
        await using var command = Fetch(sql, lease.Connection, streamKey, version, timestamp, fromVersion);
        await using var reader = await command.ExecuteReaderAsync(token);
        while (await reader.ReadAsync(token))
        {
            if (EventRows.IsEvent(reader))
                fold.Add(EventRows.Read(reader, session.Owner.Events));
        }

        return fold;
    }

    private async Task<LiveFold> FoldBodiesAsync(
        LiveFold fold, string streamKey, long version, DateTimeOffset? timestamp, long fromVersion, CancellationToken token)
    {
        await using var lease = await session.LeaseAsync(token);
        await using var command = Fetch(StreamSql.FetchBodies, lease.Connection, streamKey, version, timestamp, fromVersion);
        await using var reader = await command.ExecuteReaderAsync(token);
        using var bodies = new BodyReader(session.Owner.Events);
        while (await reader.ReadAsync(token))
            fold.Add(bodies.Read(reader));

        return fold;
    }

    protected static NpgsqlParameter Key(string value) => new NpgsqlParameter<string> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Varchar };

    private static NpgsqlCommand Fetch(string sql, NpgsqlConnection connection, string streamKey, long version, DateTimeOffset? timestamp, long fromVersion) => new(sql, connection)
    {
        Parameters =
        {
            Key(streamKey),
            new NpgsqlParameter<long> { TypedValue = fromVersion, NpgsqlDbType = NpgsqlDbType.Bigint },
            new NpgsqlParameter<long> { TypedValue = version == 0 ? long.MaxValue : version, NpgsqlDbType = NpgsqlDbType.Bigint },
            new NpgsqlParameter<DateTime> { TypedValue = timestamp?.UtcDateTime ?? DateTime.MaxValue, NpgsqlDbType = NpgsqlDbType.TimestampTz },
        },
    };
}
