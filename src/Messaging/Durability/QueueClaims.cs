using Npgsql;

namespace EventSourced.Messaging.Durability;

/// <summary>Takes rows from the queue under a lease, and gives them back.</summary>
internal sealed class QueueClaims(IDocumentStore store, MessagingOptions options)
{
    private const string ClaimSql = "select * from es.queue_claim($1, $2, $3, $4)";

    private const string GiveBackSql = """
        update es.queue q set due = sent, lease_token = null, attempts = attempts - 1, deaths = m.deaths
        from unnest($1, $2, $3) m(id, token, deaths) where q.id = m.id and q.lease_token = m.token
        """;

    private const string BeginAgainSql = "update es.queue set deaths = deaths + 1 where id = $1 and lease_token = $2 returning deaths";

    private const string RenewSql = """
        update es.queue q set due = now() + $3 from unnest($1, $2) m(id, token) where q.id = m.id and q.lease_token = m.token returning q.id
        """;

    public async Task<Claim> ClaimAsync(int batch, CancellationToken cancellation)
    {
        var token = Guid.CreateVersion7();
        var lookAhead = Math.Max(batch * 4, 64);
        await using var command = store.DataSource.CreateCommand(ClaimSql);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = lookAhead });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = batch });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = token });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = options.Lease });
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        var messages = new List<QueuedMessage>();
        var (candidates, parked, nextDue) = (0L, 0L, (TimeSpan?)null);
        while (await reader.ReadAsync(cancellation))
        {
            (candidates, parked) = (reader.GetInt64(0), reader.GetInt64(1));
            nextDue = await reader.IsDBNullAsync(2, cancellation) ? null : reader.GetTimeSpan(2);
            if (!await reader.IsDBNullAsync(3, cancellation))
                messages.Add(Read(reader, token));
        }

        return new Claim(messages, parked, candidates == lookAhead, nextDue);
    }

    /// <summary>Others may take these at once; the try does not count, but what was suspect stays so.</summary>
    public async Task GiveBackAsync(IReadOnlyCollection<QueuedMessage> messages, CancellationToken cancellation)
    {
        if (messages.Count == 0)
            return;

        await using var command = store.DataSource.CreateCommand(GiveBackSql);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. messages.Select(m => m.Id)] });
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. messages.Select(m => m.LeaseToken)] });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. messages.Select(m => m.IsSuspect ? Math.Max(m.Deaths, 1) : 0)] });
        await command.ExecuteNonQueryAsync(cancellation);
        store.WakeUps.Raise(Outbox.Topic);
    }

    /// <summary>Notes that a message is begun once more whose worker was not heard of again: should it be what workers die of, nobody else could count.</summary>
    /// <returns>How often so far, this time included.</returns>
    /// <exception cref="LeaseLostException">Another worker has it now.</exception>
    public async Task<int> BeginAgainAsync(QueuedMessage message, CancellationToken cancellation)
    {
        await using var command = store.DataSource.CreateCommand(BeginAgainSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = message.Id });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = message.LeaseToken });
        return await command.ExecuteScalarAsync(cancellation) is int deaths ? deaths : throw new LeaseLostException();
    }

    /// <summary>Prolongs leases; returns the ids still held.</summary>
    public async Task<IReadOnlySet<long>> RenewAsync(IReadOnlyCollection<QueuedMessage> messages, CancellationToken cancellation)
    {
        await using var command = store.DataSource.CreateCommand(RenewSql);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. messages.Select(m => m.Id)] });
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. messages.Select(m => m.LeaseToken)] });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = options.Lease });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var held = new HashSet<long>();
        while (await reader.ReadAsync(cancellation))
            held.Add(reader.GetInt64(0));

        return held;
    }

    private static QueuedMessage Read(NpgsqlDataReader reader, Guid token) => new(
        reader.GetInt64(3),
        token,
        reader.GetGuid(4),
        reader.IsDBNull(5) ? null : reader.GetString(5),
        reader.GetString(6),
        reader.GetString(7),
        reader.GetString(8),
        reader.GetInt32(9),
        reader.GetBoolean(10),
        reader.GetInt32(11));
}
