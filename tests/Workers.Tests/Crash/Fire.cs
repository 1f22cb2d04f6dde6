using System.Diagnostics;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>kill -9 of every part, and the end of every connection, in random order, while others work.</summary>
internal sealed class Fire(Installation installation, Database database, Acknowledged acknowledged, Random random)
{
    private readonly Lock gate = new();

    /// <summary>How often what was killed.</summary>
    public SortedDictionary<string, int> Kills { get; } = new(StringComparer.Ordinal);

    /// <summary>The most commands on their way at a kill.</summary>
    public int MostInFlight { get; private set; }

    /// <summary>Each once, in any order and in a volley of commands. Between two kills some other commands get through, and now and then a whole build.</summary>
    /// <returns>What was killed after how many seconds.</returns>
    public async Task<string> KillAsync(IEnumerable<Victim> victims, CancellationToken token)
    {
        using var volley = new Volley(installation, database, acknowledged);
        var said = await KillEachAsync([.. victims], victim => victim.Name, (victim, order) => KillAsync(victim, volley, order, token));
        lock (gate)
            MostInFlight = Math.Max(MostInFlight, volley.MostInFlight);

        return said;
    }

    /// <summary>Each once, in any order and at any point of its work, whatever else is killed meanwhile.</summary>
    /// <inheritdoc cref="KillAsync(IEnumerable{Victim}, CancellationToken)"/>
    public Task<string> KillAtWorkAsync(IEnumerable<NodeVictim> nodes, CancellationToken token) =>
        KillEachAsync([.. nodes], node => node.Name, (node, order) => KillAsync(node, order, token));

    private async Task<string> KillEachAsync<T>(T[] victims, Func<T, string> nameOf, Func<T, Random, Task<long>> killAsync)
    {
        var started = Stopwatch.GetTimestamp();
        var order = new Random(random.Next()); // several of these go on at a time
        var said = new List<string>();
        order.Shuffle(victims);
        foreach (var victim in victims)
        {
            var at = await killAsync(victim, order);
            said.Add($"{nameOf(victim)} at {Stopwatch.GetElapsedTime(started, at).TotalSeconds:0.0}");
            lock (gate)
                Kills[nameOf(victim)] = Kills.GetValueOrDefault(nameOf(victim)) + 1;
        }

        return string.Join(", ", said);
    }

    /// <returns>When, as a timestamp. Where there is nothing to kill, as another kill has just met it, it is tried again.</returns>
    private async Task<long> KillAsync(Victim victim, Volley volley, Random order, CancellationToken token)
    {
        while (true)
        {
            await acknowledged.MoreAsync(builds: order.Next(4) / 3, more: order.Next(20, 100), token);
            var enough = victim.Seen is Volley.Work ? 1 : order.Next(1, Volley.Commands / 2);
            if (await volley.KillAmongAsync(victim.Kill, victim.Seen, enough, token) is { } at)
                return at;
        }
    }

    /// <inheritdoc cref="KillAsync(Victim, Volley, Random, CancellationToken)"/>
    private async Task<long> KillAsync(NodeVictim node, Random order, CancellationToken token)
    {
        while (true)
        {
            await Until.TrueAsync($"{node.Name} is at work", node.IsAtWork, token);
            await acknowledged.MoreAsync(builds: 0, more: order.Next(node.LongestPause), token);
            if (node.Kill())
                return Stopwatch.GetTimestamp();
        }
    }
}
