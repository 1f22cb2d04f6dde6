using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Messaging.Handlers;

/// <summary>All handlers and reactions of this host, compiled.</summary>
internal sealed class HandlerGraph
{
    private readonly Dictionary<Type, HandlerChain> byType;
    private readonly Dictionary<string, HandlerChain> byName;

    /// <exception cref="MessagingConfigurationException">Conventions are broken.</exception>
    public HandlerGraph(MessagingOptions options, IServiceProviderIsService services)
    {
        var errors = new List<string>();
        var discovery = new HandlerDiscovery(errors);
        discovery.Scan(options.DecisionTypes, inDecisions: true);
        discovery.Scan(options.HandlerTypes, inDecisions: false);

        var compiler = new ChainCompiler(services, errors);
        byType = discovery.Messages.Select(compiler.Compile).OfType<HandlerChain>().ToDictionary(c => c.MessageType);
        byName = byType.Values.ToDictionary(c => MessageTypes.NameOf(c.MessageType));
        Reactions = new ReactionGraph(options.DecisionTypes, errors);

        if (options.DrainQueue)
            errors.AddRange(MessageTypes.In(options.DecisionTypes).Where(t => !discovery.Messages.Any(m => m.MessageType == t))
                .Select(t => $"{t.FullName} looks like a message, and no handler for it was found."));

        if (errors.Count > 0)
            throw new MessagingConfigurationException([.. errors.Order(StringComparer.Ordinal)]);
    }

    public ReactionGraph Reactions { get; }

    /// <exception cref="UnknownMessageTypeException">Nobody here handles it.</exception>
    public HandlerChain For(Type messageType) =>
        byType.TryGetValue(messageType, out var chain) ? chain : throw new UnknownMessageTypeException(MessageTypes.NameOf(messageType));

    /// <exception cref="UnknownMessageTypeException">Nobody here handles it.</exception>
    public HandlerChain For(string messageType) =>
        byName.TryGetValue(messageType, out var chain) ? chain : throw new UnknownMessageTypeException(messageType);

    /// <summary>Whether messages of this type may share a transaction with others.</summary>
    public bool IsPure(string messageType) => byName.TryGetValue(messageType, out var chain) && chain.IsPure;

    /// <summary>The stream a message is aimed at; null without one, or when its handler lives in another host.</summary>
    public string? KeyOf(object message) => byType.TryGetValue(message.GetType(), out var chain) ? chain.StreamKey?.Invoke(message) : null;
}
