using EventSourced.Api.Hosting.Errors;
using Npgsql;

namespace EventSourced.Api.Accounts;

/// <summary>An API key as listed: never the key itself.</summary>
public sealed record KeyResponse(
    Guid Id, string Principal, string Label, IReadOnlyList<string> Scopes, DateTimeOffset IssuedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);

/// <summary>Reads the table of API keys.</summary>
public sealed class KeyDirectory(NpgsqlDataSource database)
{
    public async Task<IReadOnlyList<KeyResponse>> ListAsync(string principal, CancellationToken ct)
    {
        var keys = new List<KeyResponse>();
        await using var command = database.CreateCommand(
            "select id, principal, label, scopes, issued_at, expires_at, revoked_at from es.api_keys where principal = $1 order by issued_at, id");
        command.Parameters.Add(new() { Value = principal });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            keys.Add(Read(reader));

        return keys;
    }

    public async Task<string?> PrincipalOfAsync(Guid id, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select principal from es.api_keys where id = $1");
        command.Parameters.Add(new() { Value = id });
        return await command.ExecuteScalarAsync(ct) as string;
    }

    /// <summary>Keys that still open something.</summary>
    public async Task<IReadOnlyList<Guid>> ValidAsync(string principal, CancellationToken ct) =>
        [.. (await ListAsync(principal, ct)).Where(k => k.RevokedAt is null).Select(k => k.Id)];

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
