using System.ComponentModel.DataAnnotations;
using System.Reflection;
using EventSourced.Messaging.Durability;

namespace EventSourced.Messaging;

/// <summary>Where handlers are found, how failures are treated, and whether this host drains the queue. Filled once at start.</summary>
public sealed class MessagingOptions
{
    internal List<Type> DecisionTypes { get; } = [];

    internal List<Type> HandlerTypes { get; } = [];

    internal List<Type> RefusalTypes { get; } = [typeof(StreamNotFoundException), typeof(ExistingStreamIdCollisionException)];

    /// <summary>What is done with a message whose handler threw.</summary>
    public FailurePolicies Policies { get; } = new();

    /// <summary>The executing role, header <c>by</c> of events whose <see cref="MessageContext.By"/> is not set. Required.</summary>
    [Required, MinLength(1)]
    public string Role { get; set; } = "";

    /// <summary>Whether this host takes messages from the queue. Then it must find exactly one handler for every message type of the decisions' assemblies.</summary>
    public bool DrainQueue { get; set; }

    /// <summary>How many queued messages are handled at once.</summary>
    /// <value>Default 16; from 1 to 256.</value>
    [Range(1, 256)]
    public int Concurrency { get; set; } = 16;

    /// <summary>How long a claimed message belongs to this process without a sign of life; renewed at a third of it while its handler runs.</summary>
    /// <value>Default 20 seconds; from 1 second to 10 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long running handlers may finish at shutdown before they are cancelled and their messages handed back.</summary>
    /// <value>Default 10 seconds; from zero to 5 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ShutdownGrace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Adds the assemblies that decide: pure handlers <c>(command, state, now) → events</c> and reactions. Their other public messages must have a handler in the
    /// host that drains the queue.
    /// </summary>
    public MessagingOptions DiscoverDecisions(params Assembly[] assemblies)
    {
        DecisionTypes.AddRange(assemblies.SelectMany(a => a.GetExportedTypes()));
        return this;
    }

    /// <summary>Adds assemblies with handlers that load for decisions, or that do something and return messages.</summary>
    public MessagingOptions Discover(params Assembly[] assemblies)
    {
        HandlerTypes.AddRange(assemblies.SelectMany(a => a.GetExportedTypes()));
        return this;
    }

    /// <summary>An exception that is an answer: thrown to the invoking caller, never retried; a queued message becomes a dead letter at once.</summary>
    public MessagingOptions Refusals<TException>() where TException : Exception
    {
        RefusalTypes.Add(typeof(TException));
        return this;
    }

    internal bool IsRefusal(Exception exception) => RefusalTypes.Exists(t => t.IsInstanceOfType(exception));
}
