namespace EventSourced.EventStore.Streams;

/// <summary>Statements that read streams.</summary>
internal static class StreamSql
{
    /// <summary>$1 key, first and last version, latest time.</summary>
    public const string Fetch = $"select {EventRows.Columns} {FetchedFrom}";

    /// <summary>As <see cref="Fetch"/>, bodies alone.</summary>
    public const string FetchBodies = $"select {BodyReader.Columns} {FetchedFrom}";

    private const string FetchedFrom = """
        from public.mt_events e
        where e.stream_id = $1 and e.is_archived is not true and e.version >= $2 and e.version <= $3 and e.timestamp <= $4
        order by e.version
        """;

    /// <summary>As <see cref="Fetch"/>, of an archived stream too.</summary>
    public const string FetchArchived = $"""
        select {EventRows.Columns} from public.mt_events e
        where e.stream_id = $1 and e.version >= $2 and e.version <= $3 and e.timestamp <= $4
        order by e.version
        """;

    public const string State = "select id, version, type, timestamp, created, is_archived from public.mt_streams where id = $1";

    public const string Lock = "select 1 from public.mt_streams where id = $1 for no key update";

    public const string Event = $"select {EventRows.Columns} from public.mt_events e where e.id = $1 limit 1";

    /// <summary>Of several streams: $1 keys, $2 their number.</summary>
    public const string States = $"{StatesSelect} from {Keys} k join public.mt_streams s on s.id = k.id";

    /// <summary>As <see cref="States"/>, of one stream.</summary>
    public const string OneState = $"{StatesSelect} from public.mt_streams s where s.id = $1";

    private const string StatesSelect = "select s.id, coalesce(s.version, 0), s.is_archived is true";

    // Of an array parameter the planner guesses the length too high, and so plans anew at every execution; of one cut to a number it does not know it takes a tenth.
    private const string Keys = "(select k.id, k.ord from unnest($1::varchar[]) with ordinality k(id, ord) limit $2)";

    /// <summary>One snapshot of a stream's version and its events.</summary>
    public const string ForWriting = $"select coalesce(s.version, 0), {EventRows.Columns} {ForWritingFrom} where s.id = $1 order by e.version";

    /// <summary>As <see cref="ForWriting"/>, the metadata of its events empty.</summary>
    public const string ForWritingBodies = $"select coalesce(s.version, 0), {EventRows.WithoutMetadata} {ForWritingFrom} where s.id = $1 order by e.version";

    /// <summary>As <see cref="ForWriting"/>, of several streams, each row with its key: $1 keys, $2 their number.</summary>
    public const string ManyForWriting = $"select k.id, coalesce(s.version, 0), {EventRows.Columns} {ManyForWritingFrom}";

    /// <summary>As <see cref="ManyForWriting"/>, the metadata of its events empty.</summary>
    public const string ManyForWritingBodies = $"select k.id, coalesce(s.version, 0), {EventRows.WithoutMetadata} {ManyForWritingFrom}";

    private const string ManyForWritingFrom = $"""
        from {Keys} k join public.mt_streams s on s.id = k.id left join public.mt_events e on e.stream_id = s.id and e.is_archived is not true
        order by k.ord, e.version
        """;

    private const string ForWritingFrom = """
        from public.mt_streams s left join public.mt_events e on e.stream_id = s.id and e.is_archived is not true
        """;

    /// <summary>
    /// One snapshot of a stream's version, its inline document with the identity of its table, and the events of these aliases that the document does not reflect
    /// (of writers without projections).
    /// </summary>
    public static string ForWritingInline(string table, string columns, IEnumerable<string> aliases) => $"""
        select coalesce(s.version, 0), d.data, d.mt_version, '{table}'::regclass::oid, {columns}
        from public.mt_streams s left join {table} d on d.id = s.id
        left join public.mt_events e on e.stream_id = s.id and e.version > coalesce(d.mt_version, 0) and e.is_archived is not true and {IsOf(aliases)}
        where s.id = $1 order by e.version
        """;

    /// <summary>Inline documents of several streams ($1 keys, $2 their number), each with the events of these aliases that it does not reflect.</summary>
    public static string InlineDocuments(string table, string columns, IEnumerable<string> aliases) => InlineDocumentsOf(table, columns, Keys, aliases);

    /// <summary>As <see cref="InlineDocuments"/>, of one stream ($1).</summary>
    public static string InlineDocument(string table, string columns, IEnumerable<string> aliases) => InlineDocumentsOf(table, columns, "(select $1::varchar id)", aliases);

    // Aliases as constants and one key as a scalar, for the planner as above.
    private static string InlineDocumentsOf(string table, string columns, string keys, IEnumerable<string> aliases) => $"""
        select k.id, d.data, d.mt_version, '{table}'::regclass::oid, {columns}
        from {keys} k left join {table} d on d.id = k.id
        left join public.mt_events e on e.stream_id = k.id and e.version > coalesce(d.mt_version, 0) and e.is_archived is not true and {IsOf(aliases)}
        order by k.id, e.version
        """;

    private static string IsOf(IEnumerable<string> aliases) =>
        $"e.type in ({string.Join(", ", aliases.Select(a => $"'{a.Replace("'", "''", StringComparison.Ordinal)}'"))})";
}
