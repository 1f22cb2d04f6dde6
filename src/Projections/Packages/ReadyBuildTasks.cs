namespace EventSourced.Projections.Packages;

public static class ReadyBuildTasks
{
    private const string Count = """
        select jsonb_build_object('Arch', a, 'Ready', (
            select count(*) from (select from es.task_queue t where t.arch = a and t.ready limit ?) t))
        from unnest(?::text[]) a
        """;

    /// <summary>How many tasks of each arch may be handed out, counted up to <paramref name="most"/>.</summary>
    public static async Task<Dictionary<string, int>> ReadyTasksAsync(
        this IQuerySession session, IReadOnlyCollection<string> arches, int most, CancellationToken token) =>
        (await session.QueryAsync<ArchCount>(Count, token, most, arches.ToArray())).ToDictionary(c => c.Arch, c => c.Ready);

    private sealed record ArchCount(string Arch, int Ready);
}
