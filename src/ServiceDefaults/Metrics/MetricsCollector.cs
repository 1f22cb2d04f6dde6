using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace EventSourced.ServiceDefaults.Metrics;

/// <summary>Keeps what the process measures, for <c>/metrics</c>.</summary>
internal sealed class MetricsCollector : IDisposable
{
    private static readonly string[] Meters =
        ["EventSourced", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "Npgsql"];

    private readonly ConcurrentDictionary<Instrument, Family> families = new();
    private readonly MeterListener listener = new();
    private readonly Lock observing = new();

    public MetricsCollector()
    {
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (Array.Exists(Meters, name => instrument.Meter.Name == name || instrument.Meter.Name.StartsWith(name + ".", StringComparison.Ordinal)))
                listening.EnableMeasurementEvents(instrument, families.GetOrAdd(instrument, static key => new Family(key)));
        };
        listener.MeasurementsCompleted = (instrument, _) => families.Remove(instrument, out var _);
        listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => (family as Family)?.Record(value, tags));
        listener.SetMeasurementEventCallback<float>(static (_, value, tags, family) => (family as Family)?.Record(value, tags));
        listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, family) => (family as Family)?.Record((double)value, tags));
        listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => (family as Family)?.Record(value, tags));
        listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => (family as Family)?.Record(value, tags));
        listener.SetMeasurementEventCallback<short>(static (_, value, tags, family) => (family as Family)?.Record(value, tags));
        listener.SetMeasurementEventCallback<byte>(static (_, value, tags, family) => (family as Family)?.Record(value, tags));
        listener.Start();
    }

    /// <summary>Everything measured so far, in Prometheus text form.</summary>
    public string Render()
    {
        lock (observing)
        {
            foreach (var family in families.Values)
                family.BeginObservation();
            listener.RecordObservableInstruments();
            return PrometheusText.Write(families.Values);
        }
    }

    public void Dispose() => listener.Dispose();
}
