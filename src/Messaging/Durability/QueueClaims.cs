using System.Text.Json;
using Npgsql;

namespace EventSourced.Messaging.Durability;

/// <summary>Takes rows from the queue under a lease, and gives them back.</summary>
internal sealed class QueueClaims(IDocumentStore store, MessagingOptions options)
{
    // Rows that are the oldest of their key get a lease; others are parked behind that oldest row, as long as it can be locked: who ends it holds it, and unparks
    // in a statement after the delete. Key share conflicts with that delete only.
    private const string ClaimSql = """
        with c as materialized (select id, key from es.queue where due <= now() order by due, id limit $1),
        h as materialized (select c.*, (select p.id from es.queue p where p.key = c.key and p.id < c.id order by p.id limit 1) head from c),
        l as materialized (select q.id, q.lease_token from es.queue q where q.id = any(array(select id from h)) and q.due <= now()
            order by q.id for no key update skip locked),
        run as materialized (select h.id from h join l using (id) where head is null order by 1 limit $2),
        lk as materialized (select p.id from es.queue p where p.id = any(array(select distinct head from h where head is not null))
            order by p.id for key share skip locked),
        u as (update es.queue q
            set due = case when f.lead then now() + $4 else 'infinity' end,
                lease_token = case when f.lead then $3::uuid end,
                attempts = attempts + f.lead::int
            from (select id, true lead from run union all select h.id, false from h join l using (id) join lk on lk.id = h.head) f
            where q.id = f.id
            returning q.*)
        select (select count(*) from c), (select n.due - now() from es.queue n where n.due > now() and n.due < 'infinity' order by n.due limit 1),
            u.id, u.message_id, u.key, u.type, u.body::text, u.headers::text, u.attempts, l.lease_token is not null
        from (select 1) one left join u on u.lease_token = $3 left join l on l.id = u.id
        order by u.id
        """;

    private const string GiveBackSql = """
        update es.queue set due = sent, lease_token = null, attempts = attempts - 1 where id = any($1) and lease_token = any($2)
        """;

    private const string RenewSql = """
        update es.queue q set due = now() + $3 from unnest($1, $2) m(id, token) where q.id = m.id and q.lease_token = m.token returning q.id
        """;

    public async Task<Claim> ClaimAsync(int batch, CancellationToken cancellation)
    {
        var token = Guid.CreateVersion7();
        var lookAhead = batch * 4;
        await using var command = store.DataSource.CreateCommand(ClaimSql);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = lookAhead });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = batch });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = token });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = options.Lease });
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        var messages = new List<QueuedMessage>();
        var (candidates, nextDue) = (0L, (TimeSpan?)null);
        while (await reader.ReadAsync(cancellation))
        {
            candidates = reader.GetInt64(0);
            nextDue = await reader.IsDBNullAsync(1, cancellation) ? null : reader.GetTimeSpan(1);
            if (!await reader.IsDBNullAsync(2, cancellation))
                messages.Add(Read(reader, token));
        }

        return new Claim(messages, candidates == lookAhead, nextDue);
    }

    /// <summary>Others may take these at once; the try does not count.</summary>
    public async Task GiveBackAsync(IReadOnlyCollection<QueuedMessage> messages, CancellationToken cancellation)
    {
        if (messages.Count == 0)
            return;

        await using var command = store.DataSource.CreateCommand(GiveBackSql);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. messages.Select(m => m.Id)] });
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. messages.Select(m => m.LeaseToken).Distinct()] });
        await command.ExecuteNonQueryAsync(cancellation);
        store.WakeUps.Raise(Outbox.Topic);
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

    private QueuedMessage Read(NpgsqlDataReader reader, Guid token) => new(
        reader.GetInt64(2),
        token,
        reader.GetGuid(3),
        reader.IsDBNull(4) ? null : reader.GetString(4),
        reader.GetString(5),
        reader.GetString(6),
        JsonSerializer.Deserialize<MessageHeaders>(reader.GetString(7), store.Options.SerializerOptions)!, // written by Outbox, never null
        reader.GetInt32(8),
        reader.GetBoolean(9));
}
