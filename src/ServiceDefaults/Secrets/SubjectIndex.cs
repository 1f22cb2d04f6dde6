using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace EventSourced.ServiceDefaults.Secrets;

/// <summary>
/// Finds a subject by an encrypted field: <c>es.subject_index</c> holds a keyed digest of the normalized value, useless without the host's secret. Also
/// what makes such a value unique.
/// </summary>
public sealed class SubjectIndex(NpgsqlDataSource database, HostSecrets secrets)
{
    private const string ReserveSql = """
        insert into es.subject_index(kind, digest, subject) values ($1, $2, $3)
        on conflict (kind, digest) do update set subject = subject_index.subject returning subject
        """;

    /// <summary>Claims a value for a subject.</summary>
    /// <returns>Who has it now: <paramref name="subject"/>, or the subject that had it before.</returns>
    public async Task<string> ReserveAsync(string kind, string value, string subject, CancellationToken ct)
    {
        await using var command = Command(ReserveSql, kind, value, subject);
        return (string)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Gives a claim back when the subject did not come to be.</summary>
    public async Task ReleaseAsync(string kind, string value, string subject, CancellationToken ct)
    {
        await using var command = Command("delete from es.subject_index where kind = $1 and digest = $2 and subject = $3", kind, value, subject);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The subject that has the value; null when nobody does.</summary>
    public async Task<string?> FindAsync(string kind, string value, CancellationToken ct)
    {
        await using var command = Command("select subject from es.subject_index where kind = $1 and digest = $2", kind, value);
        return await command.ExecuteScalarAsync(ct) as string;
    }

    private NpgsqlCommand Command(string sql, string kind, string value, params string[] more)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = kind });
        command.Parameters.Add(new() { Value = DigestOf(kind, value) });
        foreach (var parameter in more)
            command.Parameters.Add(new() { Value = parameter });

        return command;
    }

    /// <summary>Upper and lower case are the same value.</summary>
    private byte[] DigestOf(string kind, string value) =>
        HMACSHA256.HashData(secrets[HostSecrets.SubjectIndex], Encoding.UTF8.GetBytes($"{kind}\n{value.Trim().ToUpperInvariant()}"));
}
