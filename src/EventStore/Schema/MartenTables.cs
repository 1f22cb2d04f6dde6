namespace EventSourced.EventStore.Schema;

/// <summary>
/// Marten's own tables with string identity and all metadata columns (marten-schema 2 to 5). Fixed for ever: Marten drops columns and indexes it does not
/// know. Nothing here touches a table that exists.
/// </summary>
internal static class MartenTables
{
    public const string Sql = """
        create table if not exists public.mt_streams (
            id varchar not null,
            type varchar null,
            version bigint null,
            timestamp timestamptz not null default now(),
            created timestamptz not null default now(),
            tenant_id varchar null default '*DEFAULT*',
            is_archived boolean null default false,
            constraint pkey_mt_streams_id primary key (id));

        create table if not exists public.mt_events (
            seq_id bigint not null,
            id uuid not null,
            stream_id varchar null,
            version bigint not null,
            data jsonb not null,
            bdata bytea null,
            type varchar(500) not null,
            timestamp timestamptz not null default now(),
            tenant_id varchar null default '*DEFAULT*',
            mt_dotnet_type varchar null,
            correlation_id varchar null,
            causation_id varchar null,
            headers jsonb null,
            user_name varchar null,
            is_archived boolean null default false,
            constraint pkey_mt_events_seq_id primary key (seq_id),
            constraint fkey_mt_events_stream_id foreign key (stream_id) references public.mt_streams (id) on delete cascade);

        -- In a block because "create index if not exists" locks the table before it looks.
        do $$ begin
            if to_regclass('public.pk_mt_events_stream_and_version') is null then
                create unique index pk_mt_events_stream_and_version on public.mt_events using btree (stream_id, version);
            end if;
            if to_regclass('public.mt_events_sequence') is null then
                create sequence public.mt_events_sequence as bigint start 1 increment 1 cache 1 owned by public.mt_events.seq_id;
            end if;
        end $$;

        create table if not exists public.mt_event_progression (
            name varchar not null,
            last_seq_id bigint null,
            last_updated timestamptz null default transaction_timestamp(),
            constraint pk_mt_event_progression primary key (name));

        create table if not exists public.mt_high_water_skips (
            ending_sequence bigint not null,
            starting_sequence bigint not null,
            timestamp timestamptz null default transaction_timestamp(),
            constraint pkey_mt_high_water_skips_ending_sequence primary key (ending_sequence));

        create table if not exists public.mt_doc_deadletterevent (
            id uuid not null,
            data jsonb not null,
            mt_last_modified timestamptz null default transaction_timestamp(),
            mt_version uuid not null default md5(random()::text || clock_timestamp()::text)::uuid,
            mt_dotnet_type varchar null,
            constraint pkey_mt_doc_deadletterevent_id primary key (id));
        """;
}
