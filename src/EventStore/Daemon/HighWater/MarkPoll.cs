namespace EventSourced.EventStore.Daemon.HighWater;

/// <summary>What one statement, and so one snapshot, saw above the mark.</summary>
/// <param name="Mark">The mark the poll started from: the one it was given, or a higher one of the mark's row.</param>
/// <param name="Contiguous">The last number of the run without a gap that begins after the mark; the mark itself when there is none.</param>
/// <param name="Scattered">The numbers seen above that run, in order; ends with the window.</param>
/// <param name="Largest">The largest number in the table.</param>
/// <param name="Xmin">The oldest transaction id that was still running in this snapshot.</param>
/// <param name="LastDrawn">A number above all that were drawn up to <paramref name="At"/>.</param>
/// <param name="At">The database's clock when the statement began.</param>
internal sealed record MarkPoll(
    long Mark, long Contiguous, IReadOnlyList<long> Scattered, long Largest, long Xmin, long LastDrawn, DateTime At)
{
    /// <summary>How many numbers above the mark one poll reads.</summary>
    public const int Window = 5000;

    /// <summary>The largest number read; there are larger ones in the table only when the window is full.</summary>
    public long End => Scattered is [.., var last] ? last : Contiguous;

    public bool WindowIsFull => Contiguous - Mark + Scattered.Count >= Window;
}

/// <summary>A span given up: nothing between <paramref name="From"/> and <paramref name="To"/>, both of which exist or were the mark, can appear any more.</summary>
internal sealed record Skip(long From, long To)
{
    /// <summary>How many numbers were given up.</summary>
    public long Count => To - From - 1;
}
