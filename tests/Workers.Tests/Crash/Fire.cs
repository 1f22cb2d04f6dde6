using System.Diagnostics;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>kill -9 of every part, and the end of every connection, in random order, while others work.</summary>
internal sealed class Fire(Installation installation, Database database, Acknowledged acknowledged, IReadOnlyList<MortalNode> nodes, Random random)
{
    /// <summary>How often what was killed.</summary>
    public SortedDictionary<string, int> Kills { get; } = new(StringComparer.Ordinal);

    /// <summary>The most commands on their way at a kill.</summary>
    public int MostInFlight { get; private set; }

    /// <summary>Everything once, each in a volley of commands. Between two kills some other commands get through, and now and then a whole build.</summary>
    /// <returns>What was killed after how many seconds.</returns>
    public async Task<string> RoundAsync(CancellationToken token)
    {
        var started = Stopwatch.GetTimestamp();
        var said = new List<string>();
        using var volley = new Volley(installation, database, acknowledged);
        (string, Func<bool>, string)[] victims =
        [
            .. installation.Victims,
            ("a build node", () => nodes.Any(node => node.Kill()), Volley.After("build_task_assigned")),
            ("all connections", EndConnections, Volley.Registrations),
        ];
        random.Shuffle(victims);
        foreach (var (name, kill, seen) in victims)
        {
            await acknowledged.MoreAsync(builds: random.Next(4) / 3, more: random.Next(20, 100), token);
            var enough = seen is Volley.Work ? 1 : random.Next(1, Volley.Commands / 2);
            if (await volley.KillAmongAsync(kill, seen, enough, token) is not { } at)
                continue;

            Kills[name] = Kills.GetValueOrDefault(name) + 1;
            said.Add($"{name} at {Stopwatch.GetElapsedTime(started, at).TotalSeconds:0.0}");
        }

        MostInFlight = Math.Max(MostInFlight, volley.MostInFlight);
        return string.Join(", ", said);
    }

    private bool EndConnections()
    {
        database.EndConnections();
        return true;
    }
}
