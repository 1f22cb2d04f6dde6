using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Npgsql;

namespace EventSourced.ServiceDefaults.Secrets;

/// <summary>Secrets of users and systems outside (keys, passwords, tokens): rows of <c>es.secrets</c>. Events and messages carry only the id.</summary>
public sealed class SecretStore(NpgsqlDataSource database, IDataProtectionProvider protection)
{
    private readonly IDataProtector protector = protection.CreateProtector("es.secrets");

    /// <summary>Keeps a secret, before the command that refers to it is sent.</summary>
    public async Task<Guid> PutAsync(string secret, CancellationToken ct)
    {
        var id = Guid.CreateVersion7();
        await WriteAsync("insert into es.secrets(id, wrapped) values ($1, $2)", id, secret, ct);
        return id;
    }

    /// <summary>Replaces a secret that is still kept; one that was deleted stays deleted.</summary>
    public Task ReplaceAsync(Guid id, string secret, CancellationToken ct) =>
        WriteAsync("update es.secrets set wrapped = $2 where id = $1", id, secret, ct);

    /// <summary>The secret, which stays; null when it is gone.</summary>
    public Task<string?> OpenAsync(Guid id, CancellationToken ct) => ReadAsync("select wrapped from es.secrets where id = $1", id, ct);

    /// <summary>The secret, which is deleted; null when it is gone.</summary>
    public Task<string?> TakeAsync(Guid id, CancellationToken ct) => ReadAsync("delete from es.secrets where id = $1 returning wrapped", id, ct);

    /// <summary>Deletes; what is gone already is no error.</summary>
    public async Task DeleteAsync(Guid id, CancellationToken ct) => await TakeAsync(id, ct);

    private async Task WriteAsync(string sql, Guid id, string secret, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = ProtectorOf(id).Protect(Encoding.UTF8.GetBytes(secret)) });
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<string?> ReadAsync(string sql, Guid id, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = id });
        return await command.ExecuteScalarAsync(ct) is byte[] wrapped ? Encoding.UTF8.GetString(ProtectorOf(id).Unprotect(wrapped)) : null;
    }

    /// <summary>Bound to its row: a value copied to another id does not open.</summary>
    private IDataProtector ProtectorOf(Guid id) => protector.CreateProtector(id.ToString());
}
