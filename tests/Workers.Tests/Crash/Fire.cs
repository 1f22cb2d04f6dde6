using System.Diagnostics;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>kill -9 of every part, and the end of every connection, in random order, while others work.</summary>
internal sealed class Fire(Installation installation, Database database, Acknowledged acknowledged, Random random)
{
    /// <summary>How often what was killed.</summary>
    public SortedDictionary<string, int> Kills { get; } = new(StringComparer.Ordinal);

    /// <summary>The most commands on their way at a kill.</summary>
    public int MostInFlight { get; private set; }

    /// <summary>Each once, in any order and in a volley of commands. Between two kills some other commands get through, and now and then a whole build.</summary>
    /// <returns>What was killed after how many seconds.</returns>
    public async Task<string> KillAsync(IEnumerable<Victim> victims, CancellationToken token)
    {
        var started = Stopwatch.GetTimestamp();
        var said = new List<string>();
        using var volley = new Volley(installation, database, acknowledged);
        Victim[] shuffled = [.. victims];
        random.Shuffle(shuffled);
        foreach (var victim in shuffled)
        {
            var at = await KillAsync(victim, volley, token);
            Kills[victim.Name] = Kills.GetValueOrDefault(victim.Name) + 1;
            said.Add($"{victim.Name} at {Stopwatch.GetElapsedTime(started, at).TotalSeconds:0.0}");
        }

        MostInFlight = Math.Max(MostInFlight, volley.MostInFlight);
        return string.Join(", ", said);
    }

    /// <returns>When, as a timestamp. Where there is nothing to kill, as another kill has just met it, it is tried again.</returns>
    private async Task<long> KillAsync(Victim victim, Volley volley, CancellationToken token)
    {
        while (true)
        {
            await acknowledged.MoreAsync(builds: random.Next(4) / 3, more: random.Next(20, 100), token);
            var enough = victim.Seen is Volley.Work ? 1 : random.Next(1, Volley.Commands / 2);
            if (await volley.KillAmongAsync(victim.Kill, victim.Seen, enough, token) is { } at)
                return at;
        }
    }
}
