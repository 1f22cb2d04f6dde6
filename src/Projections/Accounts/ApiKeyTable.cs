using EventSourced.Domain.Accounts.ApiKeys;

namespace EventSourced.Projections.Accounts;

/// <summary>One row a key, found by its digest when a request comes in.</summary>
public sealed partial class ApiKeyTable : EventProjection
{
    internal const string Sql = """

        create table if not exists es.api_keys (
            id uuid primary key,
            digest text not null unique,
            principal text not null,
            label text not null,
            scopes text[] not null,
            issued_at timestamptz not null,
            expires_at timestamptz,
            revoked_at timestamptz);

        create index if not exists api_keys_principal on es.api_keys (principal);

        """;

    public ApiKeyTable() => Options.DeleteDataInTableOnTeardown("es.api_keys");

    public static void Project(IEvent<ApiKeyIssued> e, IDocumentOperations operations) => operations.QueueSqlCommand(
        """
        insert into es.api_keys(id, digest, principal, label, scopes, issued_at, expires_at)
        values (?, ?, ?, ?, ?, ?, nullif(?, 'infinity'::timestamptz))
        """,
        e.Data.ApiKeyId.Value, e.Data.Digest, e.Data.Principal, e.Data.Label, e.Data.Scopes.ToArray(), e.Timestamp, e.Data.ExpiresAt ?? DateTimeOffset.MaxValue);

    public static void Project(IEvent<ApiKeyRevoked> e, IDocumentOperations operations) =>
        operations.QueueSqlCommand("update es.api_keys set revoked_at = ? where id = ?", e.Timestamp, e.Data.ApiKeyId.Value);
}
