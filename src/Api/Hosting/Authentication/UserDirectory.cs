using EventSourced.ServiceDefaults.Secrets;
using Npgsql;

namespace EventSourced.Api.Hosting.Authentication;

/// <summary>A user as shown to others.</summary>
/// <param name="Id">The number outside APIs know it by.</param>
/// <param name="Key">Principal key.</param>
/// <param name="Active">Whether its credentials are accepted.</param>
/// <param name="Roles">What it is.</param>
/// <param name="CreatedAt">When it was registered.</param>
/// <param name="Version">Version of its stream.</param>
/// <param name="Login">Login name; of an erased user a stand-in.</param>
/// <param name="Mail">Null when none is known or the user was erased.</param>
/// <param name="DisplayName">Likewise.</param>
public sealed record KnownUser(
    int Id, string Key, bool Active, IReadOnlyList<string> Roles, DateTimeOffset CreatedAt, long Version, string Login, string? Mail, string? DisplayName)
{
    public bool IsAdministrator => Roles.Contains(Domain.Accounts.Roles.Administrator);
}

/// <summary>Reads users and opens their personal fields.</summary>
public sealed class UserDirectory(NpgsqlDataSource database, SubjectKeys subjects)
{
    public const string LoginField = "login";
    public const string MailField = "mail";
    public const string DisplayNameField = "display-name";

    private const string Select = """
        select u.id, u.key, u.active, u.roles, u.created_at, s.version, u.login, u.mail, u.display_name, k.wrapped
        from es.users u join public.mt_streams s on s.id = u.key left join es.subject_keys k on k.subject = u.key
        """;

    /// <summary>One user; null when unknown.</summary>
    public async Task<KnownUser?> FindAsync(int id, CancellationToken ct) => (await FindAsync([id], ct)).GetValueOrDefault(id);

    /// <summary>Those of these users that exist, by one query.</summary>
    public async Task<IReadOnlyDictionary<int, KnownUser>> FindAsync(IReadOnlyCollection<int> ids, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Select + " where u.id = any($1)");
        command.Parameters.Add(new() { Value = ids.ToArray() });
        return (await ReadAsync(command, ct)).ToDictionary(u => u.Id);
    }

    /// <summary>Users in ascending order of id.</summary>
    public async Task<IReadOnlyList<KnownUser>> ListAsync(int after, int limit, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Select + " where u.id > $1 order by u.id limit $2");
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, ct);
    }

    private async Task<IReadOnlyList<KnownUser>> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        var users = new List<KnownUser>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            users.Add(Read(reader));

        return users;
    }

    private KnownUser Read(NpgsqlDataReader row)
    {
        var key = row.GetString(1);
        var cipher = row.IsDBNull(9) ? null : subjects.Unwrap(key, row.GetFieldValue<byte[]>(9));
        string? Open(string field, int column) => cipher is null || row.IsDBNull(column) ? null : cipher.Open(field, row.GetString(column));

        return new KnownUser(
            row.GetInt32(0), key, row.GetBoolean(2), row.GetFieldValue<string[]>(3), row.GetFieldValue<DateTimeOffset>(4), row.GetInt64(5),
            Open(LoginField, 6) ?? $"erased-{row.GetInt32(0)}", Open(MailField, 7), Open(DisplayNameField, 8));
    }
}
