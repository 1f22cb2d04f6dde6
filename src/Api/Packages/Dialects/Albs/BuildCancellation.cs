using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Projections.Packages;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>Cancels builds.</summary>
public sealed class BuildCancellation(IQuerySession session, IMessageBus bus, TimeProvider time, IOptions<PackagesOptions> options)
{
    /// <summary>Each task ends by a message of its own; that those which nobody works on have ended too when this completes is a courtesy with a limit.</summary>
    /// <exception cref="Domain.RuleViolationException">There is no such build.</exception>
    public async Task CancelAsync(BuildId build, CancellationToken ct)
    {
        if ((await bus.InvokeAsync<CommandResult>(new CancelBuild(build), ct)).Streams is [])
            return;

        var deadline = new Deadline(time, options.Value.Nodes.ReportWait);
        foreach (var task in await session.WaitingTasksOfAsync(build, ct))
            await bus.WaitForAsync<BuildTask>(task.StreamKey, t => t.Status is not BuildTaskStatus.Idle, deadline.Left, ct);
    }
}
