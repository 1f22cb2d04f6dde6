namespace EventSourced.Api.Packages;

/// <summary>The end of several waits, one after another, that an answer has room for.</summary>
/// <param name="time">The clock.</param>
/// <param name="most">How long all of them may take together.</param>
public readonly struct Deadline(TimeProvider time, TimeSpan most)
{
    private readonly long started = time.GetTimestamp();

    /// <summary>What is left of it; zero when nothing is.</summary>
    public TimeSpan Left => most - time.GetElapsedTime(started) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;
}
