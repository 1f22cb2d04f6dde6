using System.Diagnostics.Metrics;
using EventSourced.Messaging;

namespace EventSourced.Bench.Messaging;

/// <summary>Counts handled messages by the bus's own metric.</summary>
internal sealed class HandledCount : IDisposable
{
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MeterListener listener = new();
    private long count;

    public HandledCount(long target)
    {
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == MessagingTelemetry.Name && instrument.Name == "messaging.handled")
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) =>
        {
            if (Interlocked.Add(ref count, value) == target)
                reached.SetResult();
        });
        listener.Start();
    }

    public Task Reached => reached.Task;

    public void Dispose() => listener.Dispose();
}
