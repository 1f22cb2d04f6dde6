using EventSourced.Domain.Packages;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages;

/// <summary>What a task delivered is published a moment after it has ended, when the next one may be handed out already.</summary>
public sealed class PublishedBuilds(IDocumentStore store, TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10), Look = TimeSpan.FromSeconds(1);

    /// <summary>How long an answer waits: whoever has waited for so long goes on, and where publishing fails, nodes say so themselves.</summary>
    public Deadline Begin() => new(time, Longest);

    /// <summary>Waits until the repositories of a build show what its tasks have delivered.</summary>
    public async Task WaitAsync(BuildId build, Deadline deadline, CancellationToken ct)
    {
        await using var session = store.QuerySession();
        while (deadline.Left > TimeSpan.Zero && !await session.ArePublishedAsync(build, ct))
            await store.WakeUps.WaitAsync(IWakeUps.EventsAppended, deadline.Left < Look ? deadline.Left : Look, ct);
    }
}
