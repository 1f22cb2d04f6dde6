using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain.Accounts;
using Npgsql;

namespace EventSourced.Api.Accounts;

/// <summary>An API key as listed: never the key itself.</summary>
public sealed record KeyResponse(
    Guid Id, string Principal, string Label, IReadOnlyList<string> Scopes, DateTimeOffset IssuedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);

/// <summary>Reads the table of API keys.</summary>
public sealed class KeyDirectory(NpgsqlDataSource database, TimeProvider time)
{
    private const string Columns = "k.id, k.principal, k.label, k.scopes, k.issued_at, k.expires_at, k.revoked_at";

    /// <summary>Those that have not expired: every login leaves one behind.</summary>
    public async Task<IReadOnlyList<KeyResponse>> ListAsync(string principal, CancellationToken ct)
    {
        var keys = new List<KeyResponse>();
        await using var command = database.CreateCommand($"select {Columns} from es.api_keys k where k.principal = $1 and (k.expires_at is null or k.expires_at > $2) order by k.issued_at, k.id");
        command.Parameters.Add(new() { Value = principal });
        command.Parameters.Add(new() { Value = time.GetUtcNow() });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            keys.Add(Read(reader));

        return keys;
    }

    /// <summary>One key and the version of its stream; null when unknown.</summary>
    public async Task<(KeyResponse Key, long Version)?> FindAsync(Guid id, CancellationToken ct)
    {
        await using var command = database.CreateCommand($"select {Columns}, s.version from es.api_keys k join public.mt_streams s on s.id = $2 where k.id = $1");
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = new ApiKeyId(id).StreamKey });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (Read(reader), reader.GetInt64(7)) : null;
    }

    /// <summary>Refuses a principal that is not there.</summary>
    public async Task RequirePrincipalAsync(string principal, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select exists (select from public.mt_streams where id = $1 and ($1 like 'user-%' or $1 like 'node-%'))");
        command.Parameters.Add(new() { Value = principal });
        if (!(bool)(await command.ExecuteScalarAsync(ct))!)
            throw RequestRefusedException.NotFound($"Principal '{principal}'");
    }

    private static KeyResponse Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetFieldValue<string[]>(3), row.GetFieldValue<DateTimeOffset>(4), Time(row, 5), Time(row, 6));

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
