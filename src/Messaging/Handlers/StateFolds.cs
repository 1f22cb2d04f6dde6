using System.Collections.Concurrent;
using System.Reflection;

namespace EventSourced.Messaging.Handlers;

/// <summary>Folds an event into a state whose type is known only at run time, as the store does it.</summary>
internal sealed class StateFolds(IDocumentStore store)
{
    private readonly ConcurrentDictionary<Type, Func<string, object?, IEvent, object?>> folds = new();

    public object? Evolve(Type stateType, string streamKey, object? state, IEvent @event) => folds.GetOrAdd(stateType, Make)(streamKey, state, @event);

    private Func<string, object?, IEvent, object?> Make(Type stateType) =>
        typeof(StateFolds).GetMethod(nameof(Fold), BindingFlags.NonPublic | BindingFlags.Instance)!.MakeGenericMethod(stateType)
            .CreateDelegate<Func<string, object?, IEvent, object?>>(this);

    private object? Fold<T>(string streamKey, object? state, IEvent @event) where T : class => store.Aggregate(streamKey, (T?)state, [@event]);
}
