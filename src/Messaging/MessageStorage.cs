using EventSourced.Messaging.Durability;

namespace EventSourced.Messaging;

/// <summary>Registers the bus's tables with the store.</summary>
public static class MessageStorage
{
    /// <summary>The topic of <see cref="IDocumentStore.WakeUps"/> that those who drain the queue wait for; the bus raises it for all it sends.</summary>
    public const string WakeUpTopic = Outbox.Topic;

    /// <summary>Adds the queue, the dead letters and the idempotency rows to schema <c>es</c>.</summary>
    public static StoreOptions AddMessageStorage(this StoreOptions options)
    {
        options.Schema.Script(QueueSchema.Name, QueueSchema.Sql);
        options.Schema.Script(QueueFunctions.Name, QueueFunctions.Sql);
        options.Schema.Script(DeadLetterFunctions.Name, DeadLetterFunctions.Sql);
        return options;
    }
}
