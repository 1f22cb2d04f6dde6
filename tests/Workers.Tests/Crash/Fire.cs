using System.Diagnostics;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>kill -9 of every part in random order, while others work.</summary>
internal sealed class Fire(Installation installation, Acknowledged acknowledged, Random random)
{
    /// <summary>How often what was killed.</summary>
    public SortedDictionary<string, int> Kills { get; } = new(StringComparer.Ordinal);

    /// <summary>Everything once. Between two kills some commands get through, and now and then a whole build.</summary>
    /// <returns>What was killed after how many seconds.</returns>
    public async Task<string> RoundAsync(CancellationToken token)
    {
        var started = Stopwatch.GetTimestamp();
        var said = new List<string>();
        var victims = installation.Victims.ToArray();
        random.Shuffle(victims);
        foreach (var (name, kill) in victims)
        {
            await acknowledged.MoreAsync(builds: random.Next(4) / 3, more: random.Next(20, 100), token);
            if (!kill())
                continue;

            Kills[name] = Kills.GetValueOrDefault(name) + 1;
            said.Add($"{name} at {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0}");
        }

        return string.Join(", ", said);
    }
}
