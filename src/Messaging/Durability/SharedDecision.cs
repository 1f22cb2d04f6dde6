using System.Diagnostics;
using EventSourced.Messaging.Handlers;

namespace EventSourced.Messaging.Durability;

/// <summary>One of several commands that share a transaction. Afterwards it is saved, or has failed, or is to be handled alone.</summary>
/// <param name="delivery">The command.</param>
/// <param name="activity">The trace it belongs to; what it sends goes on with it.</param>
internal sealed class SharedDecision(Delivery delivery, Activity? activity)
{
    public Delivery Delivery => delivery;

    public Activity? Activity => activity;

    /// <summary>The stream it decides on; null without one, or when a Load finds it.</summary>
    public string? StreamKey { get; } = delivery.Chain.StreamKey?.Invoke(delivery.Message);

    public HandlerFrame? Frame { get; set; }

    /// <summary>What it decided; null while it did not.</summary>
    public List<Decided>? Decided { get; set; }

    public bool IsSaved { get; set; }

    /// <summary>Why its caller gets no result: its decision threw, or nobody knows what became of the save.</summary>
    public Exception? Failure { get; set; }

    public CommandResult Result => new([.. Decided!.Select(d => d.Recorded())]); // read once it is saved
}
