namespace EventSourced.EventStore.Daemon;

/// <summary>What the daemon keeps in schema <c>es</c>.</summary>
internal static class DaemonTables
{
    /// <summary>
    /// <c>es.parked</c>: documents that stopped at an event that failed; the shard passes them by until they are repaired.
    /// <c>es.skips</c>: what was missing in the spans of <c>mt_high_water_skips</c>, whoever recorded them.
    /// <c>es.late_events</c>: events that turned up below the mark after their number had been given up; a row is repaired once every projection took it in.
    /// <c>es.late_repairs</c>: which projection has.
    /// <c>es.inline_fills</c>: inline projections whose tables hold what was appended before they were registered; rebuilt ones hold all events up to a number but
    /// for the ones that were missing.
    /// <c>es.foreign_position</c>: up to where events of sessions that are not ours have been taken in by inline projections.
    /// </summary>
    public const string Sql = """
        create table if not exists es.parked (
            shard varchar not null,
            document_id varchar not null,
            seq_id bigint not null,
            error text not null,
            parked timestamptz not null default now(),
            constraint parked_pkey primary key (shard, document_id));
        create table if not exists es.skips (
            ending_sequence bigint not null,
            missing int8multirange not null,
            found timestamptz not null default now(),
            constraint skips_pkey primary key (ending_sequence));
        create table if not exists es.late_events (
            seq_id bigint not null,
            found timestamptz not null default now(),
            repaired timestamptz,
            constraint late_events_pkey primary key (seq_id));
        create table if not exists es.late_repairs (
            seq_id bigint not null,
            shard varchar not null,
            repaired timestamptz not null default now(),
            constraint late_repairs_pkey primary key (seq_id, shard));
        create table if not exists es.inline_fills (
            shard varchar not null,
            filled timestamptz not null default now(),
            constraint inline_fills_pkey primary key (shard));
        create table if not exists es.foreign_position (
            position bigint not null,
            is_only boolean not null default true check (is_only),
            constraint foreign_position_pkey primary key (is_only));
        insert into es.foreign_position (position) select coalesce(max(seq_id), 0) from public.mt_events on conflict do nothing;
        alter table es.inline_fills add column if not exists up_to bigint, add column if not exists missing int8multirange;
        """;
}
