using EventSourced.Domain;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Projections.Packages;

/// <summary>A sign task as it stands.</summary>
/// <param name="Id">Its stream key.</param>
/// <param name="Number">The id the outside knows.</param>
/// <param name="BuildId">The build.</param>
/// <param name="SignKeyId">The key.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Attempt">How often it was assigned.</param>
/// <param name="Node">Principal key of who works on it, or did last.</param>
/// <param name="StartedAt">When work began, by the node's clock where it said so.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="LogHref">The node's log.</param>
/// <param name="Stats">The node's statistics.</param>
public sealed record SignTaskDetails(
    string Id, int Number, int BuildId, int SignKeyId, SignTaskStatus Status, int Attempt, string? Node, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt,
    string? Error, string? LogHref, FreeJson? Stats);

public sealed partial class SignTaskDetailsProjection : SingleStreamProjection<SignTaskDetails, string>
{
    public static SignTaskDetails Create(SignTaskRequested e) => new(
        e.SignTaskId.StreamKey, e.SignTaskId.Value, e.BuildId.Value, e.SignKeyId.Value, SignTaskStatus.Idle, Attempt: 0, Node: null, StartedAt: null,
        FinishedAt: null, Error: null, LogHref: null, Stats: null);

    public static SignTaskDetails Apply(IEvent<SignTaskAssigned> e, SignTaskDetails view) => view with
    {
        Status = SignTaskStatus.Started,
        Attempt = e.Data.Attempt,
        Node = e.Data.Node,
        StartedAt = e.Timestamp,
    };

    public static SignTaskDetails Apply(SignTaskRequeued _, SignTaskDetails view) => view with { Status = SignTaskStatus.Idle, Node = null, StartedAt = null };

    public static SignTaskDetails Apply(SignTaskReported e, SignTaskDetails view) => Reported(view, e.Report) with { Status = SignTaskStatus.Reported };

    public static SignTaskDetails Apply(IEvent<SignTaskCompleted> e, SignTaskDetails view) =>
        view with { Status = SignTaskStatus.Completed, FinishedAt = e.Timestamp };

    public static SignTaskDetails Apply(IEvent<SignTaskFailed> e, SignTaskDetails view) =>
        (e.Data.Report is { } report ? Reported(view, report) : view) with
        {
            Status = SignTaskStatus.Failed,
            FinishedAt = e.Timestamp,
            Error = e.Data.Error,
        };

    private static SignTaskDetails Reported(SignTaskDetails view, SignReport report) => view with
    {
        Node = report.Node,
        StartedAt = report.StartedAt ?? view.StartedAt,
        LogHref = report.LogHref,
        Stats = report.Stats,
    };
}

public static class SignTaskQueries
{
    /// <summary>The sign tasks of these builds, by id.</summary>
    public static Task<IReadOnlyList<SignTaskDetails>> SignTasksOfBuildsAsync(
        this IQuerySession session, IReadOnlyCollection<int> builds, CancellationToken token) =>
        session.QueryAsync<SignTaskDetails>("where build_id = any(?) order by (data ->> 'Number')::int", token, [builds.ToArray()]);

    /// <summary>All sign tasks, by id.</summary>
    public static Task<IReadOnlyList<SignTaskDetails>> SignTasksAsync(this IQuerySession session, CancellationToken token) =>
        session.QueryAsync<SignTaskDetails>("order by (data ->> 'Number')::int", token);
}
