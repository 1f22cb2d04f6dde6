namespace EventSourced.Bench.Daemon;

public sealed record TallyRaised(int Amount, string Group);

/// <summary>One document a stream.</summary>
public sealed record TallyView(string Id, int Count, long Total)
{
    public static TallyView Create(TallyRaised e) => new("", 1, e.Amount);

    public TallyView Apply(TallyRaised e) => this with { Count = Count + 1, Total = Total + e.Amount };
}

/// <summary>Documents that gather many streams.</summary>
public sealed record GroupView(string Id, int Count, long Total);

public sealed partial class GroupViewProjection : MultiStreamProjection<GroupView, string>
{
    public GroupViewProjection() => Identity<TallyRaised>(e => e.Group);

    public static GroupView Create(TallyRaised e) => new("", 1, e.Amount);

    public static GroupView Apply(TallyRaised e, GroupView view) => view with { Count = view.Count + 1, Total = view.Total + e.Amount };
}

internal static class TallyStore
{
    public static async Task<DocumentStore> CreateAsync(string connectionString, CancellationToken cancellation)
    {
        var store = DocumentStore.For(options =>
        {
            options.ConnectionString = connectionString;
            options.Events.AddEventType<TallyRaised>();
            options.Projections.Snapshot<TallyView>(SnapshotLifecycle.Async);
            options.Projections.Add<GroupViewProjection>(ProjectionLifecycle.Async);
        });
        await store.ApplyAllConfiguredChangesToDatabaseAsync(cancellation);
        return store;
    }
}
