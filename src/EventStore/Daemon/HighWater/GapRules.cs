namespace EventSourced.EventStore.Daemon.HighWater;

/// <summary>Where the mark goes, decided from one poll.</summary>
internal static class GapRules
{
    /// <param name="poll">What the poll saw.</param>
    /// <param name="deadBelow">Numbers below this one that the poll missed can never appear.</param>
    /// <returns>The new mark, never above the largest number seen, and the spans it passed over.</returns>
    public static (long Mark, IReadOnlyList<Skip> Skips) Advance(MarkPoll poll, long deadBelow)
    {
        var mark = poll.Contiguous;
        var skips = new List<Skip>();
        foreach (var number in poll.Scattered)
        {
            if (number != mark + 1)
            {
                if (number > deadBelow)
                    break;

                skips.Add(new Skip(mark, number));
            }

            mark = number;
        }

        return (mark, skips);
    }
}
