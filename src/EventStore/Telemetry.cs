using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace EventSourced.EventStore;

/// <summary>The spans and measurements of this library.</summary>
public static class Telemetry
{
    /// <summary>Name of the <see cref="ActivitySource"/> and of the <see cref="Meter"/>.</summary>
    public const string Name = "EventSourced.EventStore";

    internal static readonly ActivitySource Source = new(Name);

    internal static readonly Meter Meter = new(Name);

    internal static readonly Histogram<double> AppendDuration =
        Meter.CreateHistogram<double>("eventstore.append.duration", "s", "From SaveChangesAsync to the commit of a save with events.");

    internal static readonly Counter<long> AppendedEvents = Meter.CreateCounter<long>("eventstore.append.events", "{event}", "Events committed.");

    internal static readonly Counter<long> LostRaces = Meter.CreateCounter<long>("eventstore.append.conflicts", "{save}", "Saves that another writer beat.");
}
