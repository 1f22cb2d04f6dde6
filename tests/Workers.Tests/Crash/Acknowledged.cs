using System.Collections.Concurrent;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>What clients and nodes were told has happened.</summary>
internal sealed class Acknowledged
{
    private int buildsEnded;
    private int commands;

    /// <summary>Builds by the Idempotency-Key they were asked for with.</summary>
    public ConcurrentDictionary<string, (int Id, BuildOrder Order)> Builds { get; } = new();

    /// <summary>Ids of API keys by the Idempotency-Key they were asked for with.</summary>
    public ConcurrentDictionary<string, Guid> Keys { get; } = new();

    /// <summary>Numbers of nodes by the Idempotency-Key they were registered with, which is their name too.</summary>
    public ConcurrentDictionary<string, int> Nodes { get; } = new();

    /// <summary>API keys whose revocation was sent, once and without a key of its own, and whether it was answered.</summary>
    public ConcurrentDictionary<Guid, bool> Revocations { get; } = new();

    /// <summary>The attempt whose report was accepted, by task.</summary>
    public ConcurrentDictionary<int, int> Reports { get; } = new();

    /// <summary>Releases, the build of each and the platform it goes to, by the Idempotency-Key they were planned with.</summary>
    public ConcurrentDictionary<string, (int Id, int Build, int Platform)> Releases { get; } = new();

    /// <summary>The release of each commit, by the commit's Idempotency-Key.</summary>
    public ConcurrentDictionary<string, int> Commits { get; } = new();

    public int Commands => Volatile.Read(ref commands);

    public int BuildsEnded => Volatile.Read(ref buildsEnded);

    public void Count() => Interlocked.Increment(ref commands);

    public void CountBuild() => Interlocked.Increment(ref buildsEnded);

    /// <summary>Waits for so many more builds to end and so many more commands to be acknowledged.</summary>
    public async Task MoreAsync(int builds, int more, CancellationToken token)
    {
        var (ended, acknowledged) = (BuildsEnded + builds, Commands + more);
        await Until.TrueAsync($"{builds} more builds end after {BuildsEnded}", () => BuildsEnded >= ended && Commands >= acknowledged, token);
    }
}
