using System.Globalization;

namespace EventSourced.Api.Hosting;

/// <summary>What all answers as server-sent events have in common.</summary>
internal static class EventStreams
{
    public const string MediaType = "text/event-stream";

    /// <summary>How many events are read at once.</summary>
    public const int PageSize = 500;

    /// <summary>How often a stream looks without being woken.</summary>
    public static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    /// <summary>Whether a client that could have something else too wants a stream.</summary>
    public static bool IsWanted(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(a => a.MediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase) && a.Quality is not 0);

    /// <summary>The position a follower has seen, by its <c>Last-Event-ID</c>; null when that is none.</summary>
    public static long? PositionIn(string? lastEventId) =>
        long.TryParse(lastEventId, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : null;
}

/// <summary>When a follower has heard nothing for so long that it is told that the stream is still there.</summary>
internal sealed class Silence(TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    private long since = time.GetTimestamp();

    /// <summary>It begins anew: the follower was told something.</summary>
    public void Break() => since = time.GetTimestamp();

    /// <summary>Whether it has lasted long enough; it begins anew when so.</summary>
    public bool IsOver()
    {
        if (time.GetElapsedTime(since) < Longest)
            return false;

        Break();
        return true;
    }
}
