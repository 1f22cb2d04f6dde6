namespace EventSourced.Workers.Tests.Crash;

/// <summary>What must be true of the log and of what was made from it, however often everything was killed.</summary>
internal sealed class Ledger(Database database, Acknowledged acknowledged)
{
    private readonly List<string> wrong = [];
    private readonly Dictionary<Fault, int> faults = Enum.GetValues<Fault>().ToDictionary(fault => fault, _ => 0);

    private enum Fault
    {
        Lost,
        Doubled,
        Skipped,
    }

    public string Tally => string.Join(", ", faults.Select(fault => $"{fault.Value} {fault.Key.ToString().ToLowerInvariant()}"));

    public async Task AssertAsync(CancellationToken token)
    {
        foreach (var (rule, sql) in LedgerRules.Once)
            Note(Fault.Doubled, rule, await database.ListAsync(sql, token));

        foreach (var (rule, sql) in LedgerRules.Complete)
            Note(Fault.Lost, rule, await database.ListAsync(sql, token));

        foreach (var (rule, sql) in LedgerRules.NotSkipped)
            Note(Fault.Skipped, rule, await database.ListAsync(sql, token));

        await CompareAsync("builds", [.. acknowledged.Builds.Values.Select(build => $"build-{build.Id}")], "build_requested", token);
        await CompareAsync("keys", [.. acknowledged.Keys.Values.Select(id => $"api_key-{id}")], "api_key_issued", token, $"and data ->> 'Label' = '{KeyClient.Label}'");
        await CompareAsync("nodes", [.. acknowledged.Nodes.Values.Select(id => $"node-{id}")], "node_registered", token, "and data ->> 'Name' like 'volley-%'");
        await CompareRevocationsAsync(token);
        await CompareReportsAsync(token);
        Assert.True(wrong is [], string.Join('\n', wrong));
    }

    /// <summary>Acknowledged means in the log once; since every client repeats until it is answered, nothing else is in the log.</summary>
    private async Task CompareAsync(string what, IReadOnlyCollection<string> expected, string type, CancellationToken token, string only = "")
    {
        var recorded = await database.ListAsync($"select stream_id from mt_events where type = '{type}' {only}", token);
        Note(Fault.Lost, $"acknowledged {what} are in the log", [.. expected.Except(recorded)]);
        Note(Fault.Doubled, $"each command for {what} is in the log once", [.. Repeated(recorded), .. recorded.Except(expected)]);
        Note(Fault.Lost, $"each command for {what} has an answer of its own", [.. Repeated(expected)]);
    }

    /// <summary>They were sent once: in the log exactly once when answered, else at most once.</summary>
    private async Task CompareRevocationsAsync(CancellationToken token)
    {
        var recorded = await database.ListAsync("select stream_id from mt_events where type = 'api_key_revoked'", token);
        Note(Fault.Lost, "acknowledged revocations are in the log", [.. acknowledged.Revocations.Where(r => r.Value).Select(r => $"api_key-{r.Key}").Except(recorded)]);
        Note(Fault.Doubled, "a revocation is in the log once", [.. Repeated(recorded), .. recorded.Except(acknowledged.Revocations.Keys.Select(id => $"api_key-{id}"))]);
    }

    private async Task CompareReportsAsync(CancellationToken token)
    {
        var recorded = await database.ListAsync("select stream_id, data -> 'Report' ->> 'Attempt' from mt_events where type = 'build_task_reported'", token);
        Note(Fault.Lost, "accepted reports are in the log", [.. acknowledged.Reports.Select(r => $"build_task-{r.Key} {r.Value}").Except(recorded)]);
    }

    private void Note(Fault fault, string rule, IReadOnlyList<string> broken)
    {
        faults[fault] += broken.Count;
        if (broken is not [])
            wrong.Add($"Not true that {rule}: {string.Join("; ", broken.Take(5))} ({broken.Count})");
    }

    private static IEnumerable<string> Repeated(IEnumerable<string> ids) => ids.CountBy(id => id).Where(id => id.Value > 1).Select(id => id.Key);
}
