namespace EventSourced.EventStore.Schema;

/// <summary>
/// Marten's functions (marten-schema 6) for its <c>QuickWithServerTimestamps</c> mode with string identity and all metadata. Created when missing, never
/// replaced, because Marten puts its own bodies there; never called by us.
/// </summary>
internal static class MartenFunctions
{
    public const string QuickAppend = """
        create function public.mt_quick_append_events(
            stream varchar, stream_type varchar, tenantid varchar, event_ids uuid[], event_types varchar[], dotnet_types varchar[], bodies jsonb[],
            bdatas bytea[], causation_ids varchar[], correlation_ids varchar[], headers jsonb[], user_names varchar[], timestamps timestamptz[],
            expected_version bigint default null)
        returns bigint[] language plpgsql as $function$
        declare
            at_version bigint;
            archived boolean;
            owner varchar;
            seq bigint;
            result bigint[];
        begin
            select s.version, s.is_archived, s.tenant_id into at_version, archived, owner from public.mt_streams s where s.id = stream;
            if expected_version is not null and expected_version <> coalesce(at_version, 0) then
                raise exception 'Stream % is at version %, expected %', stream, coalesce(at_version, 0), expected_version using errcode = 'MT003';
            end if;
            if at_version is null then
                at_version := 0;
                insert into public.mt_streams (id, type, version, timestamp, tenant_id) values (stream, stream_type, 0, now(), tenantid);
            elsif archived then
                raise exception 'Stream % is archived', stream using errcode = 'MT001';
            elsif owner <> tenantid then
                raise exception 'Stream % belongs to tenant %', stream, owner;
            end if;
            for n in 1 .. coalesce(array_length(event_ids, 1), 0) loop
                at_version := at_version + 1;
                seq := nextval('public.mt_events_sequence');
                insert into public.mt_events (seq_id, id, stream_id, version, data, bdata, type, timestamp, tenant_id, mt_dotnet_type,
                    correlation_id, causation_id, headers, user_name, is_archived)
                values (seq, event_ids[n], stream, at_version, bodies[n], bdatas[n], event_types[n], timestamps[n], tenantid, dotnet_types[n],
                    correlation_ids[n], causation_ids[n], headers[n], user_names[n], false);
                result := result || seq;
            end loop;
            if result is not null then
                update public.mt_streams set version = at_version, timestamp = now() where id = stream;
            end if;
            return at_version || coalesce(result, '{}'::bigint[]);
        end $function$
        """;

    public const string MarkProgression = """
        create function public.mt_mark_event_progression(name varchar, last_encountered bigint)
        returns void language plpgsql as $function$
        begin
            insert into public.mt_event_progression (name, last_seq_id, last_updated)
            values (mt_mark_event_progression.name, last_encountered, transaction_timestamp())
            on conflict on constraint pk_mt_event_progression
            do update set last_seq_id = excluded.last_seq_id, last_updated = transaction_timestamp();
        end $function$
        """;

    public const string MarkSkip = """
        create function public.mt_mark_progression_with_skip(shard_name varchar, ending_sequence bigint, starting_sequence bigint)
        returns bigint language plpgsql as $function$
        declare
            moved boolean := false;
            result bigint;
        begin
            insert into public.mt_event_progression (name, last_seq_id, last_updated)
            values (shard_name, mt_mark_progression_with_skip.ending_sequence, transaction_timestamp())
            on conflict on constraint pk_mt_event_progression do nothing;
            moved := found;
            if not moved then
                update public.mt_event_progression p
                set last_seq_id = mt_mark_progression_with_skip.ending_sequence, last_updated = transaction_timestamp()
                where p.name = shard_name and p.last_seq_id = mt_mark_progression_with_skip.starting_sequence;
                moved := found;
            end if;
            if moved and mt_mark_progression_with_skip.ending_sequence > mt_mark_progression_with_skip.starting_sequence then
                insert into public.mt_high_water_skips (ending_sequence, starting_sequence)
                values (mt_mark_progression_with_skip.ending_sequence, mt_mark_progression_with_skip.starting_sequence)
                on conflict on constraint pkey_mt_high_water_skips_ending_sequence do nothing;
            end if;
            select p.last_seq_id into result from public.mt_event_progression p where p.name = shard_name;
            return result;
        end $function$
        """;

    public const string ArchiveStream = """
        create function public.mt_archive_stream(streamid varchar)
        returns void language plpgsql as $function$
        begin
            update public.mt_streams set is_archived = true where id = streamid;
            update public.mt_events set is_archived = true where stream_id = streamid;
        end $function$
        """;

    /// <summary>Each with the name that decides whether it is missing.</summary>
    public static IReadOnlyList<(string Name, string Sql)> All =>
    [
        ("mt_quick_append_events", QuickAppend),
        ("mt_mark_event_progression", MarkProgression),
        ("mt_mark_progression_with_skip", MarkSkip),
        ("mt_archive_stream", ArchiveStream),
    ];
}
