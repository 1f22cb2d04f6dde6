namespace EventSourced.Projections.Packages;

public static class ReadyBuildTasks
{
    private const string Count = """
        select jsonb_build_object('Arch', a, 'Ready', (
            select count(*) from (select from es.task_queue t where t.arch = a and t.ready limit ?) t))
        from unnest(?::text[]) a
        """;

    private const string CountWithin = """
        select jsonb_build_object('Arch', a, 'Ready', (select count(*) from es.ready_tasks_within(array[a], 0, ?, ?, '{}')))
        from unnest(?::text[]) a
        """;

    /// <summary>How many tasks of each arch may be handed out, counted up to <paramref name="most"/>.</summary>
    /// <param name="session">Reads.</param>
    /// <param name="arches">The arches.</param>
    /// <param name="most">What is enough of an arch.</param>
    /// <param name="mostOfOwner">As <see cref="Domain.Packages.BuildTasks.ClaimBuildTask.MostOfOwner"/>; owners below it count with all they have.</param>
    /// <param name="token">Gives up.</param>
    public static async Task<Dictionary<string, int>> ReadyTasksAsync(
        this IQuerySession session, IReadOnlyCollection<string> arches, int most, int mostOfOwner, CancellationToken token)
    {
        var counts = mostOfOwner is 0
            ? await session.QueryAsync<ArchCount>(Count, token, most, arches.ToArray())
            : await session.QueryAsync<ArchCount>(CountWithin, token, most, mostOfOwner, arches.ToArray());
        return counts.ToDictionary(c => c.Arch, c => c.Ready);
    }

    private sealed record ArchCount(string Arch, int Ready);
}
