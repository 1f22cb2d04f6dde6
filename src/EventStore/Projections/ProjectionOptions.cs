namespace EventSourced.EventStore.Projections;

/// <summary>The registered projections.</summary>
public sealed class ProjectionOptions
{
    internal List<(ProjectionBase Projection, ProjectionLifecycle Lifecycle)> All { get; } = [];

    internal Dictionary<string, string> Comparisons { get; } = [];

    /// <summary>Registers a projection.</summary>
    public void Add<TProjection>(ProjectionLifecycle lifecycle) where TProjection : ProjectionBase, new() => All.Add((new TProjection(), lifecycle));

    /// <summary>Registers a projection.</summary>
    public void Add(ProjectionBase projection, ProjectionLifecycle lifecycle) => All.Add((projection, lifecycle));

    /// <summary>
    /// Beyond Marten: for flat tables whose rows somebody merges now and then, so that the same events may stand in other rows, the query whose rows a verification
    /// compares in a table's place.
    /// </summary>
    /// <param name="queries">By the table's name, with its schema; so does the query name it.</param>
    public void Compare(IEnumerable<(string Table, string Query)> queries)
    {
        foreach (var (table, query) in queries)
            Comparisons.Add(table, query);
    }

    /// <summary>Stores an aggregate, folded by its own <c>Create</c> and <c>Apply</c> methods, as a document.</summary>
    public void Snapshot<T>(SnapshotLifecycle lifecycle) where T : class =>
        All.Add((new SnapshotProjection<T>(), lifecycle is SnapshotLifecycle.Inline ? ProjectionLifecycle.Inline : ProjectionLifecycle.Async));
}

internal sealed class SnapshotProjection<T> : SingleStreamProjection<T, string> where T : class;
