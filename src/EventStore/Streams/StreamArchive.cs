namespace EventSourced.EventStore.Streams;

/// <summary>
/// Archiving: the stream's row first, because appends take that row first too, and its events in a statement of their own: one that has waited for an append sees
/// what that committed only when it begins after it.
/// </summary>
internal static class StreamArchive
{
    private const string Stream = "update public.mt_streams set is_archived = true where id = $1";

    private const string Events = "update public.mt_events set is_archived = true where stream_id = $1 and is_archived is not true";

    /// <summary>The operations of each stream that gets an <see cref="Archived"/> event.</summary>
    public static IReadOnlyList<SqlOperation> NeededBy(StreamAppend[] appends)
    {
        List<SqlOperation>? archives = null;
        foreach (var append in appends)
        {
            foreach (var @event in append.Events)
            {
                if (@event.Data is Archived)
                    (archives ??= []).AddRange(Of(append.Key));
            }
        }

        return archives ?? (IReadOnlyList<SqlOperation>)[];
    }

    public static IReadOnlyList<SqlOperation> Of(string key) => [new(Stream, [key]), new(Events, [key])];
}
