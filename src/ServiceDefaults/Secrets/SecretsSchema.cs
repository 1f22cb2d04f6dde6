namespace EventSourced.ServiceDefaults.Secrets;

public static class SecretsSchema
{
    /// <summary>Secrets and keys, every value encrypted; hosts register it with the store as a script.</summary>
    public const string Sql = """
        create table if not exists es.host_secrets (
            name text primary key,
            wrapped bytea not null,
            created_at timestamptz not null default now());

        create table if not exists es.key_ring (
            id bigint generated always as identity primary key,
            name text not null,
            xml text not null,
            created_at timestamptz not null default now());

        create table if not exists es.secrets (
            id uuid primary key,
            wrapped bytea not null,
            created_at timestamptz not null default now());

        create table if not exists es.subject_keys (
            subject text primary key,
            wrapped bytea not null,
            created_at timestamptz not null default now());

        create table if not exists es.subject_index (
            kind text not null,
            digest bytea not null,
            subject text not null,
            created_at timestamptz not null default now(),
            primary key (kind, digest));

        create index if not exists subject_index_subject on es.subject_index (subject);
        """;
}
