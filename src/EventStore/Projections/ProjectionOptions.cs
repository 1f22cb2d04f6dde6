namespace EventSourced.EventStore.Projections;

/// <summary>The registered projections.</summary>
public sealed class ProjectionOptions
{
    internal List<(ProjectionBase Projection, ProjectionLifecycle Lifecycle)> All { get; } = [];

    /// <summary>Registers a projection.</summary>
    public void Add<TProjection>(ProjectionLifecycle lifecycle) where TProjection : ProjectionBase, new() => All.Add((new TProjection(), lifecycle));

    /// <summary>Registers a projection.</summary>
    public void Add(ProjectionBase projection, ProjectionLifecycle lifecycle) => All.Add((projection, lifecycle));

    /// <summary>Stores an aggregate, folded by its own <c>Create</c> and <c>Apply</c> methods, as a document.</summary>
    public void Snapshot<T>(SnapshotLifecycle lifecycle) where T : class =>
        All.Add((new SnapshotProjection<T>(), lifecycle is SnapshotLifecycle.Inline ? ProjectionLifecycle.Inline : ProjectionLifecycle.Async));
}

internal sealed class SnapshotProjection<T> : SingleStreamProjection<T, string> where T : class;
