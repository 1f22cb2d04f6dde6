using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Npgsql;

namespace EventSourced.ServiceDefaults.Secrets;

/// <summary>
/// One random key per person, a row of <c>es.subject_keys</c>. Personal fields in events and read models are encrypted under it; deleting the row makes all of
/// them unreadable for ever, in every copy.
/// </summary>
public sealed class SubjectKeys(NpgsqlDataSource database, IDataProtectionProvider protection)
{
    private readonly IDataProtector protector = protection.CreateProtector("es.subject_keys");

    /// <summary>The subject's key, made when it has none.</summary>
    public async Task<SubjectCipher> GetOrCreateAsync(string subject, CancellationToken ct)
    {
        await using var insert = database.CreateCommand("insert into es.subject_keys(subject, wrapped) values ($1, $2) on conflict do nothing");
        insert.Parameters.Add(new() { Value = subject });
        insert.Parameters.Add(new() { Value = ProtectorOf(subject).Protect(RandomNumberGenerator.GetBytes(Sealing.KeyBytes)) });
        await insert.ExecuteNonQueryAsync(ct);
        return (await FindAsync([subject], ct))[subject];
    }

    /// <summary>The keys of those subjects that have one; an erased subject is missing.</summary>
    public async Task<IReadOnlyDictionary<string, SubjectCipher>> FindAsync(IReadOnlyCollection<string> subjects, CancellationToken ct)
    {
        var found = new Dictionary<string, SubjectCipher>();
        await using var command = database.CreateCommand("select subject, wrapped from es.subject_keys where subject = any($1)");
        command.Parameters.Add(new() { Value = subjects.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            found[reader.GetString(0)] = Unwrap(reader.GetString(0), reader.GetFieldValue<byte[]>(1));

        return found;
    }

    /// <summary>The key in a row that was read together with the fields it opens.</summary>
    public SubjectCipher Unwrap(string subject, byte[] wrapped) => new(subject, ProtectorOf(subject).Unprotect(wrapped));

    /// <summary>Erases the subject: its key and its index rows. Cannot be undone.</summary>
    public async Task EraseAsync(string subject, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new("delete from es.subject_keys where subject = $1") { Parameters = { new() { Value = subject } } });
        batch.BatchCommands.Add(new("delete from es.subject_index where subject = $1") { Parameters = { new() { Value = subject } } });
        await batch.ExecuteNonQueryAsync(ct);
    }

    private IDataProtector ProtectorOf(string subject) => protector.CreateProtector(subject);
}
