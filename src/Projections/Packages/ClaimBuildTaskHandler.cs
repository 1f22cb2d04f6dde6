using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Projections.Packages;

/// <summary>Finds the tasks for claims; see <see cref="ReadyTaskSearch"/>.</summary>
public static class ClaimBuildTaskHandler
{
    /// <summary>Locks the task's row until the session's save and reads its stream; null when there is nothing for this node.</summary>
    public static async Task<IEventStream<BuildTask>?> LoadAsync(
        ClaimBuildTask command, IDocumentSession session, DateTimeOffset now, CancellationToken token)
    {
        await session.BeginTransactionAsync(token);
        if (await new ReadyTaskSearch(command, wanted: 1, []).FindAsync(session, token) is not [var found])
            return null;

        var stream = await session.Events.FetchForWriting<BuildTask>(new BuildTaskId(found).StreamKey, token);
        if (stream.Aggregate is not { } task)
            return null;

        session.BeginLease(task.BuildTaskId, command.Node, command.Silence, now);
        return stream;
    }

    /// <summary>As <see cref="LoadAsync"/> for nodes that ask at the same time: those that ask for the same share a search, and who asked first gets the lowest id.</summary>
    public static async Task<IReadOnlyList<IEventStream<BuildTask>?>> LoadManyAsync(
        IReadOnlyList<ClaimBuildTask> commands, IDocumentSession session, DateTimeOffset now, CancellationToken token)
    {
        if (commands is [var lone])
            return [await LoadAsync(lone, session, now, token)];

        await session.BeginTransactionAsync(token);
        var tasks = new SortedDictionary<int, int>(); // to the place of who gets it: streams and leases are written in the order of ids
        var taken = new List<int>();
        foreach (var places in Enumerable.Range(0, commands.Count).GroupBy(place => WishOf(commands[place])))
        {
            var found = await new ReadyTaskSearch(commands[places.First()], places.Count(), taken).FindAsync(session, token);
            foreach (var (task, place) in found.Zip(places))
                tasks.Add(task, place);
        }

        return await FetchAsync(commands, tasks, session, now, token);
    }

    private static async Task<IReadOnlyList<IEventStream<BuildTask>?>> FetchAsync(
        IReadOnlyList<ClaimBuildTask> commands, SortedDictionary<int, int> tasks, IDocumentSession session, DateTimeOffset now, CancellationToken token)
    {
        var query = session.CreateBatchQuery();
        var fetched = tasks.Select(t => (Place: t.Value, Stream: query.Events.FetchForWriting<BuildTask>(new BuildTaskId(t.Key).StreamKey))).ToList();
        await query.Execute(token);

        var streams = new IEventStream<BuildTask>?[commands.Count];
        foreach (var (place, stream) in fetched)
        {
            streams[place] = await stream;
            if (streams[place]?.Aggregate is { } task)
                session.BeginLease(task.BuildTaskId, commands[place].Node, commands[place].Silence, now);
        }

        return streams;
    }

    private static string WishOf(ClaimBuildTask command) =>
        string.Join('\n', [$"{command.MostOfOwner}", .. command.SupportedArches.Distinct().Order(StringComparer.Ordinal), "", .. command.ExcludedPackages.Distinct().Order(StringComparer.Ordinal)]);
}
