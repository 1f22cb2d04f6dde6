namespace EventSourced.Messaging.Durability;

internal static class QueueSchema
{
    public const string Name = "messaging";

    // due: when the row may be claimed (send time, end of back-off, end of lease), infinity behind an older message of its key. Every claim moves a row in the
    // (due, id) index, so dead entries pile up at its front; vacuum by absolute counts keeps them few however long the queue is.
    // attempts: tries by workers that lived to tell how it went, and the one of now; deaths: how often it was begun once more after its worker was not heard of again.
    public const string Sql = """
        create table if not exists es.queue (
            id bigint generated always as identity primary key,
            message_id uuid not null unique,
            key text,
            type text not null,
            body jsonb not null,
            headers jsonb not null,
            sent timestamptz not null,
            due timestamptz not null,
            attempts int not null default 0,
            lease_token uuid,
            last_error text,
            deaths int not null default 0
        ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0,
                autovacuum_analyze_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
        alter table es.queue add column if not exists deaths int not null default 0;
        create index if not exists queue_due_id on es.queue (due, id);
        create index if not exists queue_key_id on es.queue (key, id);

        create table if not exists es.dead_letters (
            id bigint primary key,
            message_id uuid not null unique,
            key text,
            type text not null,
            body jsonb not null,
            headers jsonb not null,
            sent timestamptz not null,
            attempts int not null,
            died timestamptz not null,
            exception_type text not null,
            error text not null
        );

        create table if not exists es.message_ids (
            message_id uuid primary key,
            handled timestamptz
        );
        create index if not exists message_ids_handled on es.message_ids (handled);

        create table if not exists es.idempotency (
            principal text not null,
            operation text not null,
            key text not null,
            digest bytea not null,
            result jsonb,
            created timestamptz not null,
            primary key (principal, operation, key)
        );
        create index if not exists idempotency_created on es.idempotency (created);

        create or replace function es.lease_lost() returns bigint language plpgsql as $$
        begin
            raise exception 'the lease of the message was lost' using errcode = 'ES002';
        end $$;
        """;
}
