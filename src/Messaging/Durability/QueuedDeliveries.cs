using System.Text.Json;
using EventSourced.Messaging.Handlers;

namespace EventSourced.Messaging.Durability;

/// <summary>Makes something to handle of a row of the queue.</summary>
internal sealed class QueuedDeliveries(HandlerGraph graph, IDocumentStore store, MessagingOptions options)
{
    /// <param name="message">The row.</param>
    /// <param name="context">Follows what travelled with the message.</param>
    /// <exception cref="UnknownMessageTypeException">Nobody here handles it.</exception>
    /// <exception cref="JsonException">Its body or what travelled with it cannot be read.</exception>
    public Delivery Read(QueuedMessage message, MessageContext context)
    {
        var chain = graph.For(message.Type);
        var body = JsonSerializer.Deserialize(message.Body, chain.MessageType, store.Options.SerializerOptions)
            ?? throw new JsonException($"Message {message.MessageId} is null.");
        context.Follow(message.Headers, options.Role);
        return new Delivery(body, message.MessageId, chain, context) { Queued = message };
    }
}
