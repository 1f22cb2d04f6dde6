using EventSourced.Domain;
using EventSourced.Domain.Packages;

namespace EventSourced.Projections.Packages;

public static class PackagesProjections
{
    /// <summary>The packages area: its events, its read models, and which of them a caller may read right after its own write (inline).</summary>
    public static StoreOptions AddPackages(this StoreOptions options)
    {
        options.AddPackagesSchema();
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

    /// <summary>Events and tables alone.</summary>
    internal static void AddPackagesSchema(this StoreOptions options)
    {
        options.Events.AddEventTypes(EventTypes.In("EventSourced.Domain.Packages"));

        options.Schema.Script(
            "packages-ids",
            IdSequences.Create(
                PlatformId.Alias, RepositoryId.Alias, BuildId.Alias, BuildTaskId.Alias, NodeId.Alias, ArtifactQueries.IdAlias, ReleaseId.Alias));
        options.Schema.Script("packages-sign-ids", IdSequences.Create(SignKeyId.Alias, SignTaskId.Alias));
        options.Schema.Script("packages-task-queue", BuildTaskQueueProjection.Schema);
        options.Schema.Script("packages-claim", ReadyTaskSearch.Schema);
        options.Schema.Script("packages-leases", BuildTaskLeases.Schema);
        options.Schema.Script("packages-builds", BuildListProjection.Schema);
        options.Schema.Script("packages-build-counts", BuildCounts.Schema);
        options.Schema.Script("packages-artifacts", ArtifactsProjection.Schema);
        options.Schema.Script("packages-content", RepositoryContentProjection.Schema);
        options.Schema.Script("packages-index-reads", IndexReads.Schema);
        options.Schema.Script("packages-logs", RunningLogs.Schema);
        options.Schema.Script("packages-sign-queue", SignTaskQueueProjection.Schema);
        options.Schema.Script("packages-sign-leases", SignTaskLeases.Schema);
        options.Schema.Script("packages-sign-files", SignFilesProjection.Schema);

        options.Schema.For<PlatformDetails>().Index(p => p.Name);
        options.Schema.For<RepositoryDetails>().Index(r => r.Name).Duplicate(r => r.BuildId);
        options.Schema.For<BuildTaskDetails>().Duplicate(t => t.BuildId);
        options.Schema.For<ReleaseDetails>().Duplicate(r => r.PlatformId).Duplicate(r => r.Number);
        options.Schema.For<SignTaskDetails>().Duplicate(t => t.BuildId);
    }
}
