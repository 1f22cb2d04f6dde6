using System.Diagnostics;

namespace EventSourced.Messaging.Durability;

/// <summary>
/// How many messages to take at once: a free handler each, and as many in advance as are handled in 50 ms. So quick messages come in large batches, and behind slow
/// ones nothing waits here that another process could handle.
/// </summary>
internal sealed class ClaimWindow(int concurrency)
{
    private const int LargestBatch = 256;

    private static readonly TimeSpan Advance = TimeSpan.FromMilliseconds(50);

    private long measuredAt = Stopwatch.GetTimestamp();
    private double perSecond;
    private int finished;
    private int outstanding;
    private int ahead;

    /// <summary>How many to claim now; 0 while a larger batch is worth waiting for.</summary>
    public int Room()
    {
        var room = concurrency + Volatile.Read(ref ahead) - Volatile.Read(ref outstanding);
        return room >= Math.Max(1, Volatile.Read(ref ahead) / 2) ? Math.Min(room, LargestBatch) : 0;
    }

    public void Claimed(int count)
    {
        Interlocked.Add(ref outstanding, count);
        var elapsed = Stopwatch.GetElapsedTime(measuredAt);
        if (elapsed < Advance)
            return;

        perSecond = (perSecond + Interlocked.Exchange(ref finished, 0) / elapsed.TotalSeconds) / 2;
        measuredAt = Stopwatch.GetTimestamp();
        Volatile.Write(ref ahead, Math.Min(LargestBatch, (int)(perSecond * Advance.TotalSeconds)));
    }

    public void Finished()
    {
        Interlocked.Increment(ref finished);
        Interlocked.Decrement(ref outstanding);
    }
}
