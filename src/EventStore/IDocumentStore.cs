using Npgsql;

namespace EventSourced.EventStore;

/// <summary>The event store and document database: one per process, thread-safe.</summary>
public interface IDocumentStore : IAsyncDisposable
{
    /// <summary>The settings it was built with.</summary>
    StoreOptions Options { get; }

    /// <summary>Connections that are ours (<c>application_name</c> begins with <see cref="StoreOptions.ApplicationNamePrefix"/>).</summary>
    NpgsqlDataSource DataSource { get; }

    /// <summary>A unit of work without identity map.</summary>
    IDocumentSession LightweightSession();

    /// <summary>A session that only reads.</summary>
    IQuerySession QuerySession();

    /// <summary>Folds events, stored or not, onto an aggregate as <c>AggregateStreamAsync</c> would. Reads nothing.</summary>
    /// <param name="streamKey">The stream; fills the aggregate's <c>Id</c>.</param>
    /// <param name="state">The aggregate before the events; null when there is none.</param>
    /// <param name="events">The events in order.</param>
    T? Aggregate<T>(string streamKey, T? state, IEnumerable<IEvent> events) where T : class;

    /// <summary>Creates Marten's tables and functions and everything registered in schema <c>es</c>, additive and idempotent, under an advisory lock.</summary>
    Task ApplyAllConfiguredChangesToDatabaseAsync(CancellationToken token = default);

    /// <summary>Progress, verification and parked documents of projections.</summary>
    AdvancedOperations Advanced { get; }

    /// <summary>A daemon that is not started yet; hosts get theirs by <see cref="ProjectionDaemonRegistration.AddProjectionDaemon"/>.</summary>
    IProjectionDaemon BuildProjectionDaemon();

    /// <summary>Wake-ups after commits, of this process and (coalesced NOTIFY) of others. See <see cref="IWakeUps"/>.</summary>
    IWakeUps WakeUps { get; }
}

/// <summary>
/// Signals that something was committed. They are hints: a waiter also polls every second, so a lost signal costs a second, never a result.
/// </summary>
public interface IWakeUps
{
    /// <summary>Topic raised after every save with events.</summary>
    const string EventsAppended = "events";

    /// <summary>Topic raised after every move of the high-water mark.</summary>
    const string HighWaterMarkMoved = "mark";

    /// <summary>Raises a topic in this process at once and in other processes by one coalesced NOTIFY.</summary>
    void Raise(string topic);

    /// <summary>Completes at the next signal of the topic after this call, or after <paramref name="atMost"/>.</summary>
    Task WaitAsync(string topic, TimeSpan atMost, CancellationToken token);
}
