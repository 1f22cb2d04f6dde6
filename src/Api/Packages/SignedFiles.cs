using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Signing;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages;

/// <summary>A build is recorded as signed a moment before its files are.</summary>
public sealed class SignedFiles(IQuerySession session, IMessageBus bus, TimeProvider time)
{
    /// <summary>Waits until the files of those of these builds that are recorded as signed are, but no longer than this.</summary>
    public async Task WaitAsync(IReadOnlyCollection<int> builds, TimeSpan most, CancellationToken ct)
    {
        var deadline = new Deadline(time, most);
        foreach (var task in await session.TasksBeingSignedAsync(builds, ct))
            await bus.WaitForAsync<BuildTask>(task.StreamKey, t => Signable.AreSigned(t.Artifacts), deadline.Left, ct);
    }
}
