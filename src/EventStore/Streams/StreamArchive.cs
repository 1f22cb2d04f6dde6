namespace EventSourced.EventStore.Streams;

/// <summary>Archiving: the stream's row first, because appends take that row first too.</summary>
internal static class StreamArchive
{
    private const string Sql = """
        with s as (update public.mt_streams set is_archived = true where id = $1 returning id)
        update public.mt_events e set is_archived = true from s where e.stream_id = s.id and e.is_archived is not true
        """;

    /// <summary>One operation for each stream that gets an <see cref="Archived"/> event.</summary>
    public static IReadOnlyList<SqlOperation> NeededBy(StreamAppend[] appends)
    {
        List<SqlOperation>? archives = null;
        foreach (var append in appends)
        {
            foreach (var @event in append.Events)
            {
                if (@event.Data is Archived)
                    (archives ??= []).Add(Of(append.Key));
            }
        }

        return archives ?? (IReadOnlyList<SqlOperation>)[];
    }

    public static SqlOperation Of(string key) => new(Sql, [key]);
}
