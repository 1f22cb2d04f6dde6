namespace EventSourced.Projections.Audit;

/// <summary>
/// One row an event, to find it by its id, by what caused it, and by the request it came from: the log's own table belongs to Marten and has no such index.
/// </summary>
public sealed partial class EventIndex : EventProjection
{
    internal const string Sql = """
        create table if not exists es.event_index (
            seq_id bigint primary key,
            event_id uuid not null,
            causation_id text,
            correlation_id text,
            user_name text);

        create index if not exists event_index_event on es.event_index (event_id);
        create index if not exists event_index_causation on es.event_index (causation_id, seq_id);
        create index if not exists event_index_correlation on es.event_index (correlation_id, seq_id);
        create index if not exists event_index_user on es.event_index (user_name, seq_id);
        """;

    /// <summary>A query for the position up to which every event is in the index.</summary>
    public const string ProgressSql =
        "select coalesce((select last_seq_id from public.mt_event_progression where name = 'EventSourced.Projections.Audit.EventIndex:All'), 0)";

    /// <summary>An archived stream is still evidence.</summary>
    public EventIndex()
    {
        IncludeArchivedEvents = true;
        Options.DeleteDataInTableOnTeardown("es.event_index");
    }

    public static void Project(IEvent<object> e, IDocumentOperations operations) => operations.QueueSqlCommand(
        "insert into es.event_index(seq_id, event_id, causation_id, correlation_id, user_name) values (?, ?, nullif(?, ''), nullif(?, ''), nullif(?, '')) on conflict do nothing",
        e.Sequence, e.Id, e.CausationId ?? "", e.CorrelationId ?? "", e.UserName ?? "");
}
