using System.Diagnostics;

namespace EventSourced.Workers.Tests;

/// <summary>Waits for what other processes do, and fails when it stays away.</summary>
internal static class Until
{
    /// <summary>Longer than any recovery takes on a loaded machine.</summary>
    public static readonly TimeSpan Stalled = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    public static Task TrueAsync(string what, Func<bool> condition, CancellationToken token) =>
        TrueAsync(what, () => Task.FromResult(condition()), Stalled, token);

    /// <returns>How long it took.</returns>
    public static async Task<TimeSpan> TrueAsync(string what, Func<Task<bool>> condition, TimeSpan limit, CancellationToken token)
    {
        var started = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Look);
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < limit, $"Not within {limit.TotalSeconds:0} s: {what}.");
            await timer.WaitForNextTickAsync(token);
        }

        return Stopwatch.GetElapsedTime(started);
    }
}
