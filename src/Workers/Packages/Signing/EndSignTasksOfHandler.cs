using EventSourced.Domain.Packages.Signing;
using EventSourced.Projections.Packages;

namespace EventSourced.Workers.Packages.Signing;

/// <summary>Finds the tasks; one that has ended meanwhile stays as it is.</summary>
public static class EndSignTasksOfHandler
{
    public static async Task<IReadOnlyList<EndSignTask>> HandleAsync(EndSignTasksOf message, IQuerySession session, CancellationToken cancellation) =>
        [.. (await session.OpenSignTasksAsync(message.SignKeyId, cancellation)).Select(task => new EndSignTask(task))];
}
