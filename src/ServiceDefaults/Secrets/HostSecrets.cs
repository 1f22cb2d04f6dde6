using System.Security.Cryptography;
using Npgsql;

namespace EventSourced.ServiceDefaults.Secrets;

/// <summary>Random keys all hosts of one database share, each a row of <c>es.host_secrets</c> wrapped by the <see cref="MasterKey"/>.</summary>
public sealed class HostSecrets(NpgsqlDataSource database, MasterKey master)
{
    public const string Tokens = "tokens";
    public const string SubjectIndex = "subject-index";
    public const string IssuedKeys = "issued-keys";
    public const string RequestDigests = "request-digests";

    private static readonly string[] Names = [Tokens, SubjectIndex, IssuedKeys, RequestDigests];

    private Dictionary<string, byte[]>? loaded;

    /// <summary>A secret by name; available once the host has started.</summary>
    public byte[] this[string name] =>
        (loaded ?? throw new InvalidOperationException("The host's secrets are read at its start; this is too early."))[name];

    /// <summary>Reads all of them, making those that do not exist. Of several hosts the first insert wins.</summary>
    public async Task LoadAsync(CancellationToken ct)
    {
        var values = new Dictionary<string, byte[]>();
        foreach (var name in Names)
            values[name] = await GetOrCreateAsync(name, ct);

        loaded = values;
    }

    private async Task<byte[]> GetOrCreateAsync(string name, CancellationToken ct)
    {
        await using var insert = database.CreateCommand("insert into es.host_secrets(name, wrapped) values ($1, $2) on conflict do nothing");
        insert.Parameters.Add(new() { Value = name });
        insert.Parameters.Add(new() { Value = master.Wrap(name, RandomNumberGenerator.GetBytes(Sealing.KeyBytes)) });
        await insert.ExecuteNonQueryAsync(ct);

        await using var select = database.CreateCommand("select wrapped from es.host_secrets where name = $1");
        select.Parameters.Add(new() { Value = name });
        return master.Unwrap(name, (byte[])(await select.ExecuteScalarAsync(ct))!);
    }
}
