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

    public const string State = "select id, version, type, timestamp, created, is_archived from public.mt_streams where id = $1";

    public const string Lock = "select 1 from public.mt_streams where id = $1 for no key update";

    public const string Event = $"select {EventRows.Columns} from public.mt_events e where e.id = $1 limit 1";

    public const string States = $"{StatesSelect} where id = any($1)";

    /// <summary>As <see cref="States"/>, of one stream; the planner guesses an array longer and so plans anew at every execution.</summary>
    public const string OneState = $"{StatesSelect} where id = $1";

    private const string StatesSelect = "select id, coalesce(version, 0), is_archived is true from public.mt_streams";

    /// <summary>The transaction's setting that holds the key a statement found: statements of one batch cannot use each other's results.</summary>
    public const string FoundStream = "es.found_stream";

    private const string Found = $"current_setting('{FoundStream}')::varchar";

    /// <summary>One snapshot of a stream's version and its events.</summary>
    public const string ForWriting = $"select coalesce(s.version, 0), {EventRows.Columns} {ForWritingFrom} where s.id = $1 order by e.version";

    /// <summary>As <see cref="ForWriting"/>, the metadata of its events empty.</summary>
    public const string ForWritingBodies = $"select coalesce(s.version, 0), {EventRows.WithoutMetadata} {ForWritingFrom} where s.id = $1 order by e.version";

    /// <summary>As <see cref="ForWriting"/>, of <see cref="FoundStream"/>.</summary>
    public const string FoundForWriting = $"select coalesce(s.version, 0), {EventRows.Columns} {ForWritingFrom} where s.id = {Found} order by e.version";

    /// <summary>As <see cref="FoundForWriting"/>, the metadata of its events empty.</summary>
    public const string FoundForWritingBodies = $"select coalesce(s.version, 0), {EventRows.WithoutMetadata} {ForWritingFrom} where s.id = {Found} order by e.version";

    private const string ForWritingFrom = """
        from public.mt_streams s left join public.mt_events e on e.stream_id = s.id and e.is_archived is not true
        """;

    /// <summary>
    /// One snapshot of a stream's version, its inline document with the identity of its table, and the events of these aliases that the document does not reflect
    /// (of writers without projections).
    /// </summary>
    public static string ForWritingInline(string table, string columns, IEnumerable<string> aliases) => ForWritingInline(table, columns, "$1", aliases);

    /// <summary>As <see cref="ForWritingInline(string, string, IEnumerable{string})"/>, of <see cref="FoundStream"/>.</summary>
    public static string FoundForWritingInline(string table, string columns, IEnumerable<string> aliases) => ForWritingInline(table, columns, Found, aliases);

    /// <summary>Inline documents of several streams ($1), each with the events of these aliases that it does not reflect.</summary>
    public static string InlineDocuments(string table, string columns, IEnumerable<string> aliases) => InlineDocuments(table, columns, "unnest($1::varchar[])", aliases);

    /// <summary>As <see cref="InlineDocuments(string, string, IEnumerable{string})"/>, of one stream ($1).</summary>
    public static string InlineDocument(string table, string columns, IEnumerable<string> aliases) => InlineDocuments(table, columns, "$1::varchar", aliases);

    /// <summary>As <see cref="InlineDocuments(string, string, IEnumerable{string})"/>, of <see cref="FoundStream"/>.</summary>
    public static string FoundInlineDocuments(string table, string columns, IEnumerable<string> aliases) => InlineDocuments(table, columns, Found, aliases);

    // Aliases as constants, one key as a scalar: of an array parameter the planner guesses the length too high, and so plans anew at every execution.
    private static string ForWritingInline(string table, string columns, string key, IEnumerable<string> aliases) => $"""
        select coalesce(s.version, 0), d.data, d.mt_version, '{table}'::regclass::oid, {columns}
        from public.mt_streams s left join {table} d on d.id = s.id
        left join public.mt_events e on e.stream_id = s.id and e.version > coalesce(d.mt_version, 0) and e.is_archived is not true and {IsOf(aliases)}
        where s.id = {key} order by e.version
        """;

    private static string InlineDocuments(string table, string columns, string keys, IEnumerable<string> aliases) => $"""
        select k.id, d.data, d.mt_version, '{table}'::regclass::oid, {columns}
        from (select {keys} id) k left join {table} d on d.id = k.id
        left join public.mt_events e on e.stream_id = k.id and e.version > coalesce(d.mt_version, 0) and e.is_archived is not true and {IsOf(aliases)}
        order by k.id, e.version
        """;

    private static string IsOf(IEnumerable<string> aliases) =>
        $"e.type in ({string.Join(", ", aliases.Select(a => $"'{a.Replace("'", "''", StringComparison.Ordinal)}'"))})";
}
