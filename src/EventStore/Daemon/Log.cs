using Microsoft.Extensions.Logging;

namespace EventSourced.EventStore.Daemon;

internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Warning, "The connection for wake-ups was lost; trying again.")]
    public static partial void WakeUpConnectionLost(this ILogger logger, Exception exception);

    [LoggerMessage(2010, LogLevel.Information, "This process keeps the high-water mark.")]
    public static partial void MarkLeased(this ILogger logger);

    [LoggerMessage(2011, LogLevel.Warning, "Keeping the high-water mark was interrupted; trying again.")]
    public static partial void MarkInterrupted(this ILogger logger, Exception exception);

    [LoggerMessage(2012, LogLevel.Information, "The numbers between {From} and {To} were given up: they can never appear.")]
    public static partial void NumbersGivenUp(this ILogger logger, long from, long to);

    [LoggerMessage(2013, LogLevel.Error, "Event {Sequence} turned up after its number had been given up; the documents it belongs to are folded again.")]
    public static partial void LateEvent(this ILogger logger, long sequence);

    [LoggerMessage(2020, LogLevel.Information, "This process runs shard {Shard}.")]
    public static partial void ShardLeased(this ILogger logger, string shard);

    [LoggerMessage(2021, LogLevel.Information, "Shard {Shard} was given back.")]
    public static partial void ShardReleased(this ILogger logger, string shard);

    [LoggerMessage(2022, LogLevel.Information, "The progress of shard {Shard} was moved by somebody else; reading it again.")]
    public static partial void ShardMoved(this ILogger logger, string shard);

    [LoggerMessage(2023, LogLevel.Warning, "Shard {Shard} was interrupted; trying again.")]
    public static partial void ShardInterrupted(this ILogger logger, string shard, Exception exception);

    [LoggerMessage(2024, LogLevel.Error, "Shard {Shard} parked document {DocumentId} at event {Sequence}.")]
    public static partial void DocumentParked(this ILogger logger, string shard, string documentId, long sequence, Exception exception);

    [LoggerMessage(2025, LogLevel.Warning, "The connection that holds the leases of shards was lost; the shards stop until they are leased again.")]
    public static partial void LeasesLost(this ILogger logger, Exception exception);

    [LoggerMessage(2014, LogLevel.Information, "The late event {Sequence} has been taken in by every projection.")]
    public static partial void LateEventRepaired(this ILogger logger, long sequence);

    [LoggerMessage(2016, LogLevel.Information, "The inline projection {Projection} is filled from the log: it is new, and the log is not.")]
    public static partial void Filling(this ILogger logger, string projection);

    [LoggerMessage(2017, LogLevel.Warning, "Filling inline projections was interrupted; trying again.")]
    public static partial void FillInterrupted(this ILogger logger, Exception exception);

    [LoggerMessage(2019, LogLevel.Error, "The inline projection {Projection} is not filled from the log: it cannot be built beside.")]
    public static partial void FillRefused(this ILogger logger, string projection, Exception exception);

    [LoggerMessage(2018, LogLevel.Warning, "Late events could not be taken into {Shard}; trying again.")]
    public static partial void RepairDelayed(this ILogger logger, string shard, Exception exception);

    [LoggerMessage(2026, LogLevel.Information, "Inline projections took in {Count} events that others appended, up to {Sequence}.")]
    public static partial void ForeignTakenIn(this ILogger logger, int count, long sequence);

    [LoggerMessage(2027, LogLevel.Warning, "Taking in events that others appended was interrupted; trying again.")]
    public static partial void ForeignInterrupted(this ILogger logger, Exception exception);

    [LoggerMessage(2015, LogLevel.Warning, "Taking in late events was interrupted; trying again.")]
    public static partial void RepairInterrupted(this ILogger logger, Exception exception);
}
