using EventSourced.EventStore.Daemon.Parking;
using Npgsql;

namespace EventSourced.EventStore.Daemon.Shards;

/// <summary>What a page changes in a projection's table, and which documents it parks.</summary>
internal abstract class PageChanges(IReadOnlyList<Failure> failures)
{
    public IReadOnlyList<Failure> Failures => failures;

    /// <summary>Everything, in as few commands as possible.</summary>
    public abstract void AddTo(NpgsqlBatch batch);

    /// <summary>The same piece by piece, to find those the database refuses.</summary>
    public abstract IEnumerable<PageChange> Pieces();
}

/// <summary>One document's change, or what one event changes in flat tables.</summary>
/// <param name="DocumentId">What is parked when it fails.</param>
/// <param name="Sequence">At which event.</param>
/// <param name="AddTo">Adds its commands.</param>
internal sealed record PageChange(string DocumentId, long Sequence, Action<NpgsqlBatch> AddTo);

/// <summary>Turns pages into changes.</summary>
internal interface IPageProjector
{
    ProjectionModel Projection { get; }

    /// <param name="connection">To read documents with.</param>
    /// <param name="events">The events in order.</param>
    /// <param name="parked">Documents to pass by.</param>
    /// <param name="token">Cancels the read.</param>
    Task<PageChanges> ProjectAsync(NpgsqlConnection connection, IReadOnlyList<PageEvent> events, IReadOnlySet<string> parked, CancellationToken token);
}
