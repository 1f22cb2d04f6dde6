using EventSourced.EventStore.Daemon.Parking;
using EventSourced.EventStore.Daemon.Rebuild;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Shards;

/// <summary>
/// Runs an event projection's SQL. What it parks is a stream, for later events of it may stand on the one that failed; of an inline projection the event, for appends
/// of ours to its stream go on.
/// </summary>
/// <param name="projection">The projection.</param>
/// <param name="store">Gives its methods a session to queue on.</param>
/// <param name="rename">Applied to its SQL; a rebuild writes to tables of another schema.</param>
internal sealed class EventProjector(EventProjectionModel projection, DocumentStore store, Func<string, string>? rename = null) : IPageProjector
{
    public ProjectionModel Projection => projection;

    public Task<PageChanges> ProjectAsync(
        NpgsqlConnection connection, IReadOnlyList<PageEvent> page, IReadOnlySet<string> parked, CancellationToken token)
    {
        var failures = new List<Failure>();
        var stopped = new HashSet<string>(parked, StringComparer.Ordinal);
        var changes = new List<EventChange>();
        foreach (var item in page.Where(item => !stopped.Contains(ParkedAs(item))))
        {
            try
            {
                if (Project(item) is { Count: > 0 } operations)
                    changes.Add(new EventChange(ParkedAs(item), item.Sequence, operations));
            }
            catch (Exception failure) when (failure is not (OperationCanceledException or NotBuildableException))
            {
                stopped.Add(ParkedAs(item));
                failures.Add(new Failure(ParkedAs(item), item.Sequence, failure));
            }
        }

        return Task.FromResult<PageChanges>(new EventChanges(changes, failures));
    }

    private string ParkedAs(PageEvent item) => projection.Lifecycle is ProjectionLifecycle.Inline ? Failure.UnknownDocumentOf(item.Sequence) : item.StreamKey;

    /// <summary>What the projection queues for one event.</summary>
    public IReadOnlyList<Operation> Project(PageEvent item)
    {
        if (item.Event is not { } @event)
            throw new InvalidOperationException($"Event {item.Sequence} cannot be read: {item.Unreadable?.Message}", item.Unreadable);

        var session = new DocumentSession(store);
        projection.Project(@event, session);
        return rename is null ? session.Operations : [.. session.Operations.Select(Renamed)];
    }

    private Operation Renamed(Operation operation) => operation is SqlOperation sql
        ? sql with { Sql = rename!(sql.Sql) } // only called with one
        : throw new NotBuildableException($"{projection.Name} stores documents, so it cannot be built beside; only its SQL on the tables it names can.");
}

internal sealed record EventChange(string DocumentId, long Sequence, IReadOnlyList<Operation> Operations);

/// <summary>SQL in the order of the events.</summary>
internal sealed class EventChanges(IReadOnlyList<EventChange> changes, IReadOnlyList<Failure> failures) : PageChanges(failures)
{
    public override void AddTo(NpgsqlBatch batch) => OperationCommands.AddTo(batch, [.. changes.SelectMany(c => c.Operations)]);

    public override IEnumerable<PageChange> Pieces() =>
        changes.Select(c => new PageChange(c.DocumentId, c.Sequence, batch => OperationCommands.AddTo(batch, c.Operations)));
}
