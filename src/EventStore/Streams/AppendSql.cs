using System.Collections.Frozen;

namespace EventSourced.EventStore.Streams;

/// <summary>
/// The append statements. In each, the conditional write of the stream row comes first and is the referee: the loser gets no row, so it inserts nothing and
/// draws no number. <c>nextval</c> stands in the outermost select list above the join with that row's RETURNING, so the transaction id is owned before the
/// first number is drawn; the high-water mark relies on it, and the test Append_owns_its_transaction_id_before_it_draws_a_number holds it.
/// </summary>
internal static class AppendSql
{
    // Put together once: an append allocates little.
    private static readonly FrozenDictionary<(bool IsNew, EventsForm Form, bool Guarded), string> Ones = (
        from isNew in Either from form in Enum.GetValues<EventsForm>() from guarded in Either select (isNew, form, guarded))
        .ToFrozenDictionary(key => key, key => Compose(key.isNew, key.form, key.guarded));

    private static readonly FrozenDictionary<(bool AreNew, bool AreSingle, bool Guarded), string> Manies = (
        from areNew in Either from areSingle in Either from guarded in Either select (areNew, areSingle, guarded))
        .ToFrozenDictionary(key => key, key => ComposeMany(key.areNew, key.areSingle, key.guarded));

    private static bool[] Either => [false, true];

    private const string Target =
        "insert into public.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, causation_id, headers, user_name, is_archived)";

    private const string Start = """
        s as (insert into public.mt_streams (id, type, version, timestamp, created, tenant_id, is_archived)
              values ($1, $2, $3, $4, $4, '*DEFAULT*', false) returning id, 0::bigint base)
        """;

    private const string Move = """
        s as (update public.mt_streams set version = $2 + $3, timestamp = $4
              where id = $1 and version = $2 and is_archived is not true returning id, $2::bigint base)
        """;

    private const string Row = $"""
        {Target}
        select nextval('public.mt_events_sequence'), $5, s.id, s.base + 1, $6, $7, $4, '*DEFAULT*', $8, $9, $10, $11, $12, false from s
        returning seq_id
        """;

    // Elements of arrays instead of an unnest of each: that one is copied row by row into a store of its own. The ids alone are unnested, for the planner's guess of their number.
    private const string FewRows = $"""
        {Target}
        select nextval('public.mt_events_sequence'), e.id, s.id, s.base + e.ord, ($6::jsonb[])[e.ord], ($7::varchar[])[e.ord], $4, '*DEFAULT*', ($8::varchar[])[e.ord], $9, $10, $11, $12, false
        {FewIds}
        """;

    private const string AlikeRows = $"""
        {Target}
        select nextval('public.mt_events_sequence'), e.id, s.id, s.base + e.ord, ($6::jsonb[])[e.ord], $7, $4, '*DEFAULT*', $8, $9, $10, $11, $12, false
        {FewIds}
        """;

    private const string FewIds = """
        from s cross join unnest($5::uuid[]) with ordinality e(id, ord)
        returning seq_id
        """;

    private const string Rows = $"""
        {Target}
        select nextval('public.mt_events_sequence'), e.id, s.id, s.base + e.ord, e.data, e.type, $4, '*DEFAULT*', e.dotnet, e.correlation, e.causation, e.headers, e.username, false
        from s cross join unnest($5::uuid[], $6::jsonb[], $7::varchar[], $8::varchar[], $9::varchar[], $10::varchar[], $11::jsonb[], $12::varchar[])
            with ordinality e(id, data, type, dotnet, correlation, causation, headers, username, ord)
        returning seq_id
        """;

    private const string Guard = "select seq_id from e union all select es.conflict($1::text) where not exists (select from e)";

    /// <summary>
    /// One stream. $1 key, $2 aggregate alias of a new stream, else the version before the append, $3 count of events, $4 time; then ids, bodies, aliases, .NET names,
    /// correlation, causation, headers, users, each as <paramref name="form"/> has it. Guarded statements raise <c>ES001</c> instead of doing nothing.
    /// </summary>
    public static string One(bool isNew, EventsForm form, bool guarded) => Ones[(isNew, form, guarded)];

    private static string Compose(bool isNew, EventsForm form, bool guarded)
    {
        var (stream, events) = (isNew ? Start : Move, form switch
        {
            EventsForm.One => Row,
            EventsForm.Alike => AlikeRows,
            EventsForm.Few => FewRows,
            _ => Rows,
        });
        return guarded && !isNew ? $"with {stream}, e as ({events}) {Guard}" : $"with {stream} {events}";
    }

    private const string Inserted = """
        with i as materialized (
            select k.id, ($2::varchar[])[k.ord] as type, ($3::bigint[])[k.ord] expected, ($4::int[])[k.ord] n, ($5::timestamptz[])[k.ord] at, k.ord
            from unnest($1::varchar[]) with ordinality k(id, ord)),
        ins as (
            insert into public.mt_streams (id, type, version, timestamp, created, tenant_id, is_archived)
            select id, type, n, at, at, '*DEFAULT*', false from i where expected <= 0 order by id
            on conflict do nothing returning id, 0::bigint base),
        """;

    private const string Moved = """
        loc as materialized (
            select s.id, i.expected, i.n, i.at from public.mt_streams s join i on i.id = s.id
            where (i.expected = -1 or i.expected >= 0 and s.version = i.expected) and s.is_archived is not true
            order by s.id for no key update of s),
        upd as (
            update public.mt_streams s set version = s.version + loc.n, timestamp = loc.at from loc
            where s.id = loc.id and (loc.expected = -1 or s.version = loc.expected) returning s.id, s.version - loc.n base),
        s as (select * from ins union all select * from upd),
        """;

    private const string Filled = $"""
        e as (
            {Target}
            select nextval('public.mt_events_sequence'), x.id, x.stream_id, x.version, x.data, x.type, x.at, '*DEFAULT*', x.dotnet, x.correlation, x.causation, x.headers, x.username, false
            from (
                select e.*, s.id stream_id, s.base + e.k as version, i.at
                from unnest($6::varchar[], $7::int[], $8::uuid[], $9::jsonb[], $10::varchar[], $11::varchar[], $12::varchar[], $13::varchar[], $14::jsonb[], $15::varchar[])
                    with ordinality e(sid, k, id, data, type, dotnet, correlation, causation, headers, username, ord)
                join s on s.id = e.sid join i on i.id = e.sid
                order by e.ord offset 0) x
            returning seq_id, version, stream_id)
        select seq_id, version, stream_id from e
        """;

    private const string FilledEach = $"""
        e as (
            {Target}
            select nextval('public.mt_events_sequence'), ($6::uuid[])[x.ord], x.id, x.base + 1, ($7::jsonb[])[x.ord], ($8::varchar[])[x.ord], x.at, '*DEFAULT*', ($9::varchar[])[x.ord],
                ($10::varchar[])[x.ord], ($11::varchar[])[x.ord], ($12::jsonb[])[x.ord], ($13::varchar[])[x.ord], false
            from (select s.id, s.base, i.at, i.ord from s join i on i.id = s.id order by i.ord offset 0) x
            returning seq_id, version, stream_id)
        select seq_id, version, stream_id from e
        """;

    private const string ManyGuard = """
        union all
        select es.conflict((select min(i.id) from i where not exists (select from s where s.id = i.id))::text), null, null
        where (select count(*) from s) <> cardinality($1)
        """;

    /// <summary>
    /// Many streams: $1 keys, $2 aggregate aliases, $3 expected versions as <see cref="StreamAppend.Expected"/>, $4 counts, $5 times; then arrays over all
    /// events: unless each stream gets one, key and position in its append; ids, bodies, aliases, .NET names, correlation, causation, headers, users. Streams are inserted
    /// before others are locked, locks are taken in key order: two of these never wait for each other in a circle. Unguarded, a stream that lost is missing from the result
    /// and the others are appended; guarded it is all or nothing, and <c>ES001</c> names the first stream that lost.
    /// </summary>
    /// <param name="areNew">Whether all of the streams start here, so that none is looked up and locked.</param>
    /// <param name="areSingle">Whether each stream gets one event.</param>
    /// <param name="guarded">Whether losing raises an error.</param>
    public static string Many(bool areNew, bool areSingle, bool guarded) => Manies[(areNew, areSingle, guarded)];

    private static string ComposeMany(bool areNew, bool areSingle, bool guarded) =>
        $"{Inserted} {(areNew ? "s as (select * from ins)," : Moved)} {(areSingle ? FilledEach : Filled)} {(guarded ? ManyGuard : "")}";
}

/// <summary>How an append hands over its events.</summary>
internal enum EventsForm
{
    /// <summary>One, all of it scalars.</summary>
    One,

    /// <summary>Some of one type that have the same metadata: arrays of ids and bodies, and scalars for the rest.</summary>
    Alike,

    /// <summary>Some that have the same metadata: arrays, and scalars for the metadata.</summary>
    Few,

    /// <summary>Any, all of it arrays.</summary>
    Any,
}
