using EventSourced.Domain.Packages;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages;

/// <summary>What a task delivered is published a moment after it has ended, when the next one may be handed out already.</summary>
public sealed class PublishedBuilds(IDocumentStore store, TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10), Look = TimeSpan.FromSeconds(1);

    /// <summary>Waits until the repositories of a build show what its tasks have delivered. Whoever has waited for 10 seconds goes on: where publishing fails, nodes say so themselves.</summary>
    public async Task WaitAsync(BuildId build, CancellationToken ct)
    {
        await using var session = store.QuerySession();
        for (var deadline = new Deadline(time, Longest); deadline.Left > TimeSpan.Zero && !await session.ArePublishedAsync(build, ct);)
            await store.WakeUps.WaitAsync(IWakeUps.EventsAppended, deadline.Left < Look ? deadline.Left : Look, ct);
    }
}
