using System.Runtime.CompilerServices;

namespace EventSourced.Messaging.Handlers;

/// <summary>What a <c>Load</c> yields: one value, or a tuple of them. An <see cref="IEventStream{T}"/> is the state's stream, the rest are arguments by type.</summary>
internal sealed class LoadedValues
{
    private readonly Type[] types;
    private readonly bool isTuple;

    public LoadedValues(Type? result)
    {
        isTuple = result is not null && typeof(ITuple).IsAssignableFrom(result) && result.IsValueType;
        types = result is null || result == typeof(void) ? [] : isTuple ? result.GetGenericArguments() : [result];
        StateType = types.Where(t => CompiledCall.IsGeneric(t, typeof(IEventStream<>))).Select(t => t.GetGenericArguments()[0]).FirstOrDefault();
    }

    /// <summary>The state whose stream it yields; null when it yields none.</summary>
    public Type? StateType { get; }

    public int? SlotOf(Type parameter) => Array.FindIndex(types, t => t == parameter || Nullable.GetUnderlyingType(parameter) == t) is >= 0 and var i ? i : null;

    public void Keep(HandlerFrame frame, object? result)
    {
        frame.Loaded = result is ITuple tuple && isTuple ? [.. Enumerable.Range(0, tuple.Length).Select(i => tuple[i])] : [result];
        frame.Stream = frame.Loaded.OfType<IEventStream<object>>().FirstOrDefault();
    }
}
