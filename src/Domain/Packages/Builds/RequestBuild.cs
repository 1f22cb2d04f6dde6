using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Packages.Builds;

/// <summary>Asks for packages to be built: the build, its tasks and its repositories are recorded at once.</summary>
/// <param name="BuildId">Drawn by the caller.</param>
/// <param name="OwnerId">The user it belongs to.</param>
/// <param name="Form">How it was asked for.</param>
/// <param name="Platforms">With their present arches; at least one.</param>
/// <param name="Refs">The packages; at least one.</param>
/// <param name="TaskIds">One for each task of <see cref="Plan"/>, ascending.</param>
/// <param name="RepositoryIds">One for each repository of <see cref="Plan"/>.</param>
/// <param name="LinkedBuilds">Known builds whose packages are offered.</param>
/// <param name="MockOptions">Options for all packages.</param>
/// <param name="PlatformFlavors">Overlays asked for.</param>
/// <param name="IsSecureBoot">Whether it is built for secure boot.</param>
/// <param name="ProductId">Null is the built-in product.</param>
public sealed record RequestBuild(
    BuildId BuildId, int OwnerId, BuildForm Form, IReadOnlyList<BuildPlatform> Platforms, IReadOnlyList<BuildRef> Refs,
    IReadOnlyList<BuildTaskId> TaskIds, IReadOnlyList<RepositoryId> RepositoryIds, IReadOnlyList<BuildId> LinkedBuilds, FreeJson? MockOptions,
    IReadOnlyList<int> PlatformFlavors, bool IsSecureBoot, int? ProductId)
{
    /// <summary>What it comes to; ask it for the number of ids to draw.</summary>
    public BuildPlan Plan() => BuildPlan.For(BuildId, Form, Platforms, Refs.Count);
}

public static class RequestBuildHandler
{
    public static IReadOnlyList<NewStream> Handle(RequestBuild command)
    {
        // The names of a build's repositories hold the platform's name, so one platform twice would be two repositories of one name.
        if (command.Platforms.DistinctBy(p => p.PlatformId).Count() < command.Platforms.Count)
            throw new RuleViolationException(BuildErrors.PlatformRepeated, "A platform is named twice.");

        foreach (var platform in command.Platforms)
        {
            if (platform.Arches.Except(platform.PlatformArches).FirstOrDefault() is { } arch)
                throw new RuleViolationException(BuildErrors.ArchUnknown, $"{platform.Name} has no arch {arch}.");
        }

        var plan = command.Plan();
        if (plan.Tasks is [])
            throw new RuleViolationException(BuildErrors.NothingToBuild, "A build needs a package, a platform and an arch.");

        var refs = RefsOf(command);
        var repositories = plan.Repositories.Zip(command.RepositoryIds, (planned, id) => (Planned: planned, Id: id)).ToList();
        var followed = plan.Tasks.Select(task => task.SourceFrom).OfType<int>().ToHashSet();

        return
        [
            new NewStream<Build>(command.BuildId.StreamKey, [Requested(command, refs, plan)]),
            .. plan.Tasks.Select((task, place) => TaskStream(command, refs, task, command.TaskIds[place], followed.Contains(place), repositories)),
            .. repositories.Select(r => RepositoryStream(command, r.Planned, r.Id)),
        ];
    }

    private static IReadOnlyList<BuildRef> RefsOf(RequestBuild command) =>
        command.Form is BuildForm.Documented || MockOptions.GivesDist(command.MockOptions)
            ? command.Refs
            : [.. command.Refs.Select(r => r with { MockOptions = MockOptions.WithDistOf(r.GitRef, r.MockOptions) })];

    private static BuildRequested Requested(RequestBuild command, IReadOnlyList<BuildRef> refs, BuildPlan plan) => new(
        command.BuildId, command.OwnerId, command.Form, command.Platforms, refs,
        [.. plan.Tasks.Zip(command.TaskIds, (task, id) => new BuildTaskEntry(id, task.Index, task.Platform.PlatformId, task.Arch))],
        command.RepositoryIds, command.LinkedBuilds, command.MockOptions, command.PlatformFlavors, command.IsSecureBoot, command.ProductId);

    private static NewStream<BuildTask> TaskStream(
        RequestBuild command, IReadOnlyList<BuildRef> refs, PlannedTask task, BuildTaskId id, bool isFollowed, IReadOnlyList<(PlannedRepository Planned, RepositoryId Id)> repositories)
    {
        RepositoryId? Holds(string arch, bool debug) => repositories
            .Where(r => r.Planned.Platform == task.Platform && r.Planned.Identity.Arch == arch && r.Planned.Identity.Debug == debug)
            .Select(r => (RepositoryId?)r.Id).FirstOrDefault();

        var targets = new TaskRepositories(Holds(task.Arch, debug: false), Holds(task.Arch, debug: true), Holds(BuildPlan.Source, debug: false));
        var platform = new TaskPlatform(task.Platform.PlatformId, task.Platform.Name, task.Platform.Type, task.Platform.PlatformArches);
        var queued = new BuildTaskQueued(
            id, command.BuildId, task.Index, task.Arch, platform, refs[task.Index], targets, [.. task.WaitsFor.Select(place => command.TaskIds[place])],
            task.SourceFrom is { } builder ? command.TaskIds[builder] : null, isFollowed, command.OwnerId);

        return new NewStream<BuildTask>(id.StreamKey, [queued]);
    }

    private static NewStream<Repository> RepositoryStream(RequestBuild command, PlannedRepository planned, RepositoryId id) => new(
        id.StreamKey,
        [
            new RepositoryCreated(
                id, planned.Identity, new RepositorySettings { Url = planned.Url, Production = false, Priority = 10, MockEnabled = true },
                command.OwnerId, command.BuildId, planned.Platform?.PlatformId),
        ]);
}
