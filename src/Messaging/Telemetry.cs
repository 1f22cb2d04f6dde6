using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace EventSourced.Messaging;

/// <summary>Names of the bus's spans and metrics, and their instruments.</summary>
public static class MessagingTelemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "EventSourced.Messaging";

    internal static readonly ActivitySource Source = new(Name);

    internal static readonly Meter Meter = new(Name);

    internal static readonly Counter<long> Handled = Meter.CreateCounter<long>("messaging.handled", "{message}", "Messages handled, invoked or queued.");

    internal static readonly Counter<long> Failed = Meter.CreateCounter<long>("messaging.failed", "{message}", "Tries that threw.");

    internal static readonly Counter<long> Dead = Meter.CreateCounter<long>("messaging.dead", "{message}", "Messages moved to the dead letters.");

    internal static readonly Counter<long> LeaseExpiries = Meter.CreateCounter<long>(
        "messaging.lease.expiries", "{message}", "Messages claimed again because a worker let its lease lapse.");

    internal static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("messaging.handle.duration", "s", "Time to handle one message.");

    internal static Activity? Start(string verb, string messageType, ActivityKind kind, string? traceParent)
    {
        if (!Source.HasListeners())
            return null;

        _ = ActivityContext.TryParse(traceParent, traceState: null, isRemote: true, out var parent);
        var name = $"{verb} {messageType[(messageType.LastIndexOf('.') + 1)..]}";
        return traceParent is null ? Source.StartActivity(name, kind) : Source.StartActivity(name, kind, parent);
    }

    internal static void Count(string messageType, TimeSpan elapsed)
    {
        var tag = new KeyValuePair<string, object?>("message.type", messageType);
        Handled.Add(1, tag);
        Duration.Record(elapsed.TotalSeconds, tag);
    }

    /// <summary>Runs a handler and records its outcome and duration.</summary>
    internal static async Task<T> MeasureAsync<T>(string messageType, Activity? activity, Func<Task<T>> handle)
    {
        var begun = Stopwatch.GetTimestamp();
        var tag = new KeyValuePair<string, object?>("message.type", messageType);
        try
        {
            var result = await handle();
            Handled.Add(1, tag);
            return result;
        }
        catch (Exception e)
        {
            Failed.Add(1, tag, new KeyValuePair<string, object?>("error.type", e.GetType().Name));
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            throw;
        }
        finally
        {
            Duration.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds, tag);
        }
    }
}
