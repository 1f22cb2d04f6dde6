using System.Collections.Concurrent;
using System.Reflection;

namespace EventSourced.EventStore.Streams;

/// <summary>Makes the closed <see cref="StoredEvent{T}"/> of a body's runtime type through a delegate made once per type.</summary>
internal static class EventWrapper
{
    private static readonly MethodInfo Open = typeof(EventWrapper).GetMethod(nameof(New), BindingFlags.NonPublic | BindingFlags.Static)!;

    private static readonly ConcurrentDictionary<Type, Func<object, StoredEvent>> ByType = new();

    public static StoredEvent Wrap(object data)
    {
        var wrapped = For(data.GetType())(data);
        wrapped.Id = Guid.CreateVersion7();
        return wrapped;
    }

    public static Func<object, StoredEvent> For(Type type) => ByType.GetOrAdd(type, static t =>
        Open.MakeGenericMethod(t).CreateDelegate<Func<object, StoredEvent>>());

    private static StoredEvent<T> New<T>(object data) where T : notnull => new((T)data);
}
