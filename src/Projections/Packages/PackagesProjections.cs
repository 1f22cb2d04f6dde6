using EventSourced.Domain;
using EventSourced.Domain.Packages;

namespace EventSourced.Projections.Packages;

public static class PackagesProjections
{
    /// <summary>Its tables, sequences and functions, as SQL of schema <c>es</c> by name, in the order in which it is applied.</summary>
    public static IReadOnlyList<(string Name, string Sql)> Scripts =>
    [
        ("packages-ids", IdSequences.Create(
            PlatformId.Alias, RepositoryId.Alias, BuildId.Alias, BuildTaskId.Alias, NodeId.Alias, ArtifactQueries.IdAlias, ReleaseId.Alias)),
        ("packages-sign-ids", IdSequences.Create(SignKeyId.Alias, SignTaskId.Alias)),
        ("packages-task-queue", BuildTaskQueueProjection.Schema),
        ("packages-claim", ReadyTaskSearch.Schema),
        ("packages-leases", BuildTaskLeases.Schema),
        ("packages-builds", BuildListProjection.Schema),
        ("packages-build-counts", BuildCounts.Schema),
        ("packages-artifacts", ArtifactsProjection.Schema),
        ("packages-content", RepositoryContentProjection.Schema),
        ("packages-index-reads", IndexReads.Schema),
        ("packages-logs", RunningLogs.Schema),
        ("packages-sign-queue", SignTaskQueueProjection.Schema),
        ("packages-sign-leases", SignTaskLeases.Schema),
        ("packages-sign-files", SignFilesProjection.Schema),
    ];

    /// <summary>Tables whose rows are summed up now and then, with the query that compares them.</summary>
    public static IReadOnlyList<(string Table, string Query)> Comparisons => [(BuildCounts.Plain, BuildCounts.PlainSums), (BuildCounts.OfSources, BuildCounts.SourceSums)];

    /// <summary>The packages area: its events, its read models, and which of them a caller may read right after its own write (inline).</summary>
    public static StoreOptions AddPackages(this StoreOptions options)
    {
        options.AddPackagesEvents();
        options.Projections.Add<PlatformDetailsProjection>(ProjectionLifecycle.Inline);
        options.Projections.Add<RepositoryDetailsProjection>(ProjectionLifecycle.Inline);
        options.Projections.Add<RepositoryContentProjection>(ProjectionLifecycle.Inline);
        options.Projections.Add<BuildDetailsProjection>(ProjectionLifecycle.Inline);
        options.Projections.Add<BuildTaskDetailsProjection>(ProjectionLifecycle.Inline);
        options.Projections.Add<BuildTaskQueueProjection>(ProjectionLifecycle.Inline);
        options.Projections.Add<BuildListProjection>(ProjectionLifecycle.Inline);
        options.Projections.Add<ArtifactsProjection>(ProjectionLifecycle.Inline);
        options.Projections.Add<NodeDetailsProjection>(ProjectionLifecycle.Inline);
        options.Projections.Add<ReleaseDetailsProjection>(ProjectionLifecycle.Inline);
        options.Projections.Add<SignKeyDetailsProjection>(ProjectionLifecycle.Inline);
        options.Projections.Add<SignTaskDetailsProjection>(ProjectionLifecycle.Inline);
        options.Projections.Add<SignTaskQueueProjection>(ProjectionLifecycle.Inline);
        options.Projections.Add<SignFilesProjection>(ProjectionLifecycle.Inline);
        return options;
    }

    /// <summary>Events and documents' tables alone.</summary>
    internal static void AddPackagesEvents(this StoreOptions options)
    {
        options.Events.AddEventTypes(EventTypes.In("EventSourced.Domain.Packages"));

        options.Schema.For<PlatformDetails>().Index(p => p.Name);
        options.Schema.For<RepositoryDetails>().Index(r => r.Name).Duplicate(r => r.BuildId);
        options.Schema.For<BuildTaskDetails>().Duplicate(t => t.BuildId);
        options.Schema.For<ReleaseDetails>().Duplicate(r => r.PlatformId).Duplicate(r => r.Number);
        options.Schema.For<SignTaskDetails>().Duplicate(t => t.BuildId);
    }
}
