using EventSourced.Domain;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Projections.Packages;

/// <summary>A task as it stands.</summary>
/// <param name="Id">Its stream key.</param>
/// <param name="Number">The id the outside knows.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="Index">Place of its package in the build.</param>
/// <param name="Arch">An arch, or <c>src</c>.</param>
/// <param name="Platform">What it is built for.</param>
/// <param name="Ref">Where the source is.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Attempt">How often it was assigned.</param>
/// <param name="Node">Principal key of who works on it, or did last.</param>
/// <param name="AssignedAt">When that one got it.</param>
/// <param name="StartedAt">When work began, by the node's clock where it said so.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="Artifacts">What was reported.</param>
/// <param name="GitCommitHash">The commit that was built.</param>
/// <param name="AlmaCommitCasHash">That commit's notarization.</param>
/// <param name="IsCasAuthenticated">Whether the source was notarized; null until reported.</param>
/// <param name="Error">Why we failed it, or what is wrong with the report.</param>
/// <param name="Stats">The node's statistics.</param>
/// <param name="SourcePackage">The source package it builds from, where another task of the package delivered one.</param>
public sealed record BuildTaskDetails(
    string Id, int Number, int BuildId, int Index, string Arch, TaskPlatform Platform, BuildRef Ref, BuildTaskStatus Status, int Attempt, string? Node,
    DateTimeOffset? AssignedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, IReadOnlyList<BuildArtifact> Artifacts, string? GitCommitHash,
    string? AlmaCommitCasHash, bool? IsCasAuthenticated, string? Error, FreeJson? Stats, BuildArtifact? SourcePackage = null);

public sealed partial class BuildTaskDetailsProjection : SingleStreamProjection<BuildTaskDetails, string>
{
    public static BuildTaskDetails Create(BuildTaskQueued e) => new(
        e.BuildTaskId.StreamKey, e.BuildTaskId.Value, e.BuildId.Value, e.Index, e.Arch, e.Platform, e.Ref, BuildTaskStatus.Idle, Attempt: 0, Node: null,
        AssignedAt: null, StartedAt: null, FinishedAt: null, Artifacts: [], e.Ref.GitCommitHash, AlmaCommitCasHash: null, IsCasAuthenticated: null, Error: null,
        Stats: null);

    public static BuildTaskDetails Apply(BuildTaskSourceHandedOver e, BuildTaskDetails view) => view with
    {
        Artifacts = e.Source.Package is { } package ? [package, .. view.Artifacts.Where(a => !a.IsOfSource)] : view.Artifacts,
        GitCommitHash = e.Source.GitCommitHash ?? view.GitCommitHash,
        AlmaCommitCasHash = e.Source.AlmaCommitCasHash ?? view.AlmaCommitCasHash,
        IsCasAuthenticated = e.Source.IsCasAuthenticated ? true : view.IsCasAuthenticated,
        SourcePackage = e.Source.Package ?? view.SourcePackage,
    };

    public static BuildTaskDetails Apply(IEvent<BuildTaskCancelled> e, BuildTaskDetails view) =>
        view with { Status = BuildTaskStatus.Cancelled, Node = null, FinishedAt = e.Timestamp, Error = e.Data.Error };

    public static BuildTaskDetails Apply(IEvent<BuildTaskAssigned> e, BuildTaskDetails view) => view with
    {
        Status = BuildTaskStatus.Started,
        Attempt = e.Data.Attempt,
        Node = e.Data.Node,
        AssignedAt = e.Timestamp,
        StartedAt = e.Timestamp,
    };

    public static BuildTaskDetails Apply(BuildTaskRequeued _, BuildTaskDetails view) => view with
    {
        Status = BuildTaskStatus.Idle,
        Node = null,
        AssignedAt = null,
        StartedAt = null,
    };

    public static BuildTaskDetails Apply(BuildTaskReported e, BuildTaskDetails view) => Reported(view, e.Report) with { Status = BuildTaskStatus.Reported };

    public static BuildTaskDetails Apply(IEvent<BuildTaskSucceeded> e, BuildTaskDetails view) =>
        view with { Status = BuildTaskStatus.Completed, FinishedAt = e.Timestamp, Artifacts = e.Data.Artifacts };

    public static BuildTaskDetails Apply(BuildArtifactsSigned e, BuildTaskDetails view) =>
        view with { Artifacts = BuildArtifact.Replace(view.Artifacts, e.Artifacts) };

    public static BuildTaskDetails Apply(NoarchPackagesTaken e, BuildTaskDetails view) =>
        view with { Artifacts = BuildArtifact.ReplaceOrAdd(view.Artifacts, e.Artifacts) };

    public static BuildTaskDetails Apply(IEvent<BuildTaskFailed> e, BuildTaskDetails view) =>
        (e.Data.Report is { } report ? Reported(view, report) : view) with
        {
            Status = BuildTaskStatus.Failed,
            FinishedAt = e.Timestamp,
            Error = e.Data.Error,
        };

    public static BuildTaskDetails Apply(IEvent<BuildTaskExcluded> e, BuildTaskDetails view) =>
        Reported(view, e.Data.Report) with { Status = BuildTaskStatus.Excluded, FinishedAt = e.Timestamp, Error = e.Data.Error };

    private static BuildTaskDetails Reported(BuildTaskDetails view, TaskReport report) => view with
    {
        Node = report.Node,
        StartedAt = report.StartedAt ?? view.StartedAt,
        Artifacts = view.SourcePackage is { } source ? [source, .. report.Artifacts.Where(a => !a.IsOfSource)] : report.Artifacts,
        GitCommitHash = report.GitCommitHash ?? view.GitCommitHash,
        AlmaCommitCasHash = report.AlmaCommitCasHash,
        IsCasAuthenticated = report.IsCasAuthenticated,
        Stats = report.Stats,
    };
}

public static class BuildTaskQueries
{
    /// <summary>Whether it delivered files that can be signed and are not, or not yet.</summary>
    public static bool LacksSignatures(this BuildTaskDetails task) => task.Status is BuildTaskStatus.Completed && !Signable.AreSigned(task.Artifacts);

    /// <summary>The tasks that wait to be told what to build from by this one.</summary>
    public static async Task<IReadOnlyList<BuildTaskId>> FollowersOfAsync(this IQuerySession session, BuildTaskId builder, CancellationToken token) =>
        [.. (await session.QueryAsync<int>("select task_id from es.task_waits where waits_for = ? and source order by 1", token, builder.Value)).Select(BuildTaskId.Of)];

    /// <summary>The others of a task's package and platform that nobody works on yet, ascending.</summary>
    public static async Task<IReadOnlyList<BuildTaskId>> WaitingSiblingsOfAsync(this IQuerySession session, BuildTaskId task, CancellationToken token) =>
        [.. (await session.QueryAsync<int>(
            """
            select (o.data ->> 'Number')::int from mt_doc_buildtaskdetails t join mt_doc_buildtaskdetails o on o.build_id = t.build_id
            where t.id = ? and o.id <> t.id and o.data ->> 'Index' = t.data ->> 'Index' and o.data -> 'Platform' ->> 'PlatformId' = t.data -> 'Platform' ->> 'PlatformId'
                and o.data ->> 'Status' = 'Idle' order by 1
            """, token, task.StreamKey)).Select(BuildTaskId.Of)];

    /// <summary>The tasks of a build that nobody works on yet, ascending.</summary>
    public static async Task<IReadOnlyList<BuildTaskId>> WaitingTasksOfAsync(this IQuerySession session, BuildId build, CancellationToken token) =>
        [.. (await session.QueryAsync<int>(
            "select (data ->> 'Number')::int from mt_doc_buildtaskdetails where build_id = ? and data ->> 'Status' = 'Idle' order by 1", token, build.Value)).Select(BuildTaskId.Of)];

    /// <summary>The tasks of these builds, by id.</summary>
    public static Task<IReadOnlyList<BuildTaskDetails>> TasksOfBuildsAsync(
        this IQuerySession session, IReadOnlyCollection<int> builds, CancellationToken token) =>
        session.QueryAsync<BuildTaskDetails>("where build_id = any(?) order by (data ->> 'Number')::int", token, [builds.ToArray()]);
}
