using EventSourced.EventStore.Schema;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace EventSourced.EventStore;

/// <inheritdoc cref="IDocumentStore"/>
public sealed class DocumentStore : IDocumentStore
{
    private readonly WakeUps wakeUps;
    private readonly ILoggerFactory loggers;

    internal DocumentStore(StoreOptions options, ILoggerFactory? loggers = null)
    {
        options.SerializerOptions.MakeReadOnly(populateMissingResolver: true);
        Options = options;
        DataSource = StoreConnections.Build(options.ConnectionString);
        Events = new EventGraph(options);
        Documents = new DocumentGraph(options);
        Projections = new ProjectionGraph(options, Events, Documents);
        Documents.AddOrdinary();
        InlineHints = new InlineHints(Projections, Events);
        Appends = new AppendCommand(Events);
        Lanes = new AppendLanes(DataSource, options.ConnectionString, Appends);
        this.loggers = loggers ?? NullLoggerFactory.Instance;
        wakeUps = new WakeUps(options.ConnectionString, logger: this.loggers.CreateLogger<WakeUps>());
    }

    /// <inheritdoc/>
    public StoreOptions Options { get; }

    /// <inheritdoc/>
    public NpgsqlDataSource DataSource { get; }

    /// <inheritdoc/>
    public IWakeUps WakeUps => wakeUps;

    internal EventGraph Events { get; }

    internal DocumentGraph Documents { get; }

    internal ProjectionGraph Projections { get; }

    internal InlineHints InlineHints { get; }

    internal AppendCommand Appends { get; }

    internal AppendLanes Lanes { get; }

    /// <summary>Builds a store without a host.</summary>
    /// <exception cref="InvalidOperationException">A projection or document does not follow the conventions; the message says which.</exception>
    public static DocumentStore For(Action<StoreOptions> configure)
    {
        var options = new StoreOptions();
        configure(options);
        return new DocumentStore(options);
    }

    /// <inheritdoc/>
    public IDocumentSession LightweightSession() => new DocumentSession(this);

    /// <inheritdoc/>
    public IQuerySession QuerySession() => new QuerySession(this);

    /// <inheritdoc/>
    public Task ApplyAllConfiguredChangesToDatabaseAsync(CancellationToken token = default) =>
        new SchemaApplier(Options, Documents, Projections).ApplyAsync(DataSource, token);

    /// <inheritdoc/>
    public AdvancedOperations Advanced => new(this);

    /// <inheritdoc/>
    public IProjectionDaemon BuildProjectionDaemon() => new ProjectionDaemon(this, loggers.CreateLogger<ProjectionDaemon>());

    /// <inheritdoc/>
    public T? Aggregate<T>(string streamKey, T? state, IEnumerable<IEvent> events) where T : class
    {
        var fold = new LiveFold(Projections.AggregateOf(typeof(T)), state);
        foreach (var @event in events)
            fold.Add(@event);

        return (T?)fold.Result(streamKey);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Lanes.DisposeAsync();
        await wakeUps.DisposeAsync();
        await DataSource.DisposeAsync();
    }
}
