using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace EventSourced.ServiceDefaults.Secrets;

/// <summary>
/// Finds a subject by an encrypted field: <c>es.subject_index</c> holds a keyed digest of the normalized value, useless without the host's secret. Its
/// primary key makes such a value unique; a row is written in the transaction that makes its subject.
/// </summary>
public sealed class SubjectIndex(NpgsqlDataSource database, HostSecrets secrets)
{
    /// <summary>The subject that has the value; null when nobody does.</summary>
    public async Task<string?> FindAsync(string kind, string value, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select subject from es.subject_index where kind = $1 and digest = $2");
        command.Parameters.Add(new() { Value = kind });
        command.Parameters.Add(new() { Value = DigestOf(kind, value) });
        return await command.ExecuteScalarAsync(ct) as string;
    }

    /// <summary>What stands in the index for a value. Upper and lower case are the same value.</summary>
    public byte[] DigestOf(string kind, string value) =>
        HMACSHA256.HashData(secrets[HostSecrets.SubjectIndex], Encoding.UTF8.GetBytes($"{kind}\n{value.Trim().ToUpperInvariant()}"));
}
