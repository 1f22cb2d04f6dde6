using EventSourced.Api.Hosting.Authentication;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Projections.Packages;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>Hands tasks out: claims, waits for one while there is none, and says all that the node has to know.</summary>
public sealed class NodeTasks(
    IMessageBus bus, RepeatedClaims claims, IQuerySession session, NodeTaskReads reads, BuildTaskArrivals arrivals, PublishedBuilds builds, ContentUrls urls, IOptions<PackagesOptions> options, TimeProvider time,
    ILogger<NodeTasks> logger)
{
    public async Task<NodeTaskResponse?> ClaimAsync(
        GetTaskRequest request, CurrentPrincipal node, TimeSpan wait, HttpRequest http, CancellationToken ct)
    {
        var nodes = options.Value.Nodes;
        var silence = node.IsRegisteredNode ? nodes.RegisteredSilence : nodes.Silence;
        var claim = new ClaimBuildTask(request.SupportedArches, request.Unwanted, node.Key, silence, nodes.MostOfOwner);
        if (await claims.FormerAsync<BuildTaskAssigned>(IsHeldAsync, ct) is { } former)
            return await AnswerAsync(former, request, http, ct);

        var end = time.GetUtcNow() + (wait < nodes.LongestWait ? wait : nodes.LongestWait);
        for (var look = 1; ; look++)
        {
            if (await claims.ClaimAsync<BuildTaskAssigned>(claim, ct) is { } assigned)
                return await AnswerOrHandBackAsync(assigned, request, http, ct);

            var left = end - time.GetUtcNow();
            if (left <= TimeSpan.Zero || !await arrivals.WaitAsync(new(request.SupportedArches, claim.ExcludedPackages is not [], IsFirst: look is 1), left, ct))
                return null;
        }
    }

    private async Task<bool> IsHeldAsync(BuildTaskAssigned former, CancellationToken ct) =>
        await session.Events.AggregateStreamAsync<BuildTask>(former.BuildTaskId.StreamKey, token: ct) is { } task
        && task.Attempt == former.Attempt && task.Holder == former.Node; // nobody's once it was handed back or cancelled

    /// <summary>A node that left while its task was assigned, or gets no answer, does not know of it.</summary>
    private async Task<NodeTaskResponse> AnswerOrHandBackAsync(BuildTaskAssigned assigned, GetTaskRequest request, HttpRequest http, CancellationToken ct)
    {
        try
        {
            var answer = await AnswerAsync(assigned, request, http, ct);
            ct.ThrowIfCancellationRequested();
            return answer;
        }
        catch
        {
            await HandBackAsync(assigned);
            throw;
        }
    }

    /// <summary>Where that fails too, the task comes back when the node's silence is noticed.</summary>
    private async Task HandBackAsync(BuildTaskAssigned assigned)
    {
        try
        {
            await bus.InvokeAsync(new HandBackBuildTask(assigned.BuildTaskId, assigned.Node, assigned.Attempt), CancellationToken.None);
        }
        catch (Exception exception)
        {
            Log.TaskNotHandedBack(logger, assigned.BuildTaskId.Value, assigned.Attempt, exception);
        }
    }

    private async Task<NodeTaskResponse> AnswerAsync(BuildTaskAssigned assigned, GetTaskRequest request, HttpRequest http, CancellationToken ct)
    {
        var (found, owner) = await reads.ReadAsync(assigned.BuildTaskId, ct);
        if (found.HasReports)
            await builds.WaitAsync(assigned.BuildId, builds.Begin(), ct);

        return NodeTaskMapping.ToResponse(
            found, BuildMapping.ToUser(found.Build.OwnerId, owner), assigned.Attempt, NodeTaskMapping.ArchOfSources(request.SupportedArches), url => urls.Absolute(url, http));
    }
}
