using System.Collections.Concurrent;
using System.Linq.Expressions;

namespace EventSourced.Messaging.Handlers;

/// <summary>What decisions and reactions return without knowing the bus: recognised by name and members.</summary>
internal static class Shapes
{
    private static readonly ConcurrentDictionary<Type, Func<object, StreamParts>?> NewStreams = new();

    private static readonly ConcurrentDictionary<Type, Func<object, StreamParts>?> ChangedStreams = new();

    private static readonly ConcurrentDictionary<Type, Func<object, ScheduledParts>?> ScheduledMessages = new();

    /// <summary><c>NewStream&lt;TState&gt;(string Key, IEnumerable&lt;object&gt; Events)</c>.</summary>
    public static bool IsNewStream(Type type) => IsStream(type, "NewStream`1");

    /// <summary><c>ChangedStream&lt;TState&gt;(string Key, IEnumerable&lt;object&gt; Events)</c>: one of the streams a decision reads beside its own.</summary>
    public static bool IsChangedStream(Type type) => IsStream(type, "ChangedStream`1");

    /// <summary>What all <c>NewStream&lt;TState&gt;</c> share, for lists of several states.</summary>
    public static bool IsNewStreamBase(Type type) => type is { IsAbstract: true, Name: "NewStream" };

    public static StreamParts? AsNewStream(object value) =>
        NewStreams.GetOrAdd(value.GetType(), static type => IsNewStream(type) ? CompileStream(type) : null)?.Invoke(value);

    public static StreamParts? AsChangedStream(object value) =>
        ChangedStreams.GetOrAdd(value.GetType(), static type => IsChangedStream(type) ? CompileStream(type) : null)?.Invoke(value);

    /// <summary><c>Scheduled(object Message, DateTimeOffset At)</c>.</summary>
    public static bool IsScheduled(Type type) =>
        type.Name == "Scheduled"
        && type.GetProperty("Message")?.PropertyType == typeof(object)
        && type.GetProperty("At")?.PropertyType == typeof(DateTimeOffset);

    public static ScheduledParts? AsScheduled(object value) =>
        ScheduledMessages.GetOrAdd(value.GetType(), static type => IsScheduled(type) ? CompileScheduled(type) : null)?.Invoke(value);

    private static bool IsStream(Type type, string name) =>
        type is { IsGenericType: true } && type.Name == name
        && type.GetProperty("Key")?.PropertyType == typeof(string)
        && type.GetProperty("Events") is { } events && typeof(IEnumerable<object>).IsAssignableFrom(events.PropertyType);

    private static Func<object, StreamParts> CompileStream(Type type)
    {
        var value = Expression.Parameter(typeof(object), "value");
        var typed = Expression.Convert(value, type);
        var body = Expression.New(
            typeof(StreamParts).GetConstructors()[0],
            Expression.Constant(type.GetGenericArguments()[0]),
            Expression.Property(typed, "Key"),
            Expression.Convert(Expression.Property(typed, "Events"), typeof(IEnumerable<object>)));
        return Expression.Lambda<Func<object, StreamParts>>(body, value).Compile();
    }

    private static Func<object, ScheduledParts> CompileScheduled(Type type)
    {
        var value = Expression.Parameter(typeof(object), "value");
        var typed = Expression.Convert(value, type);
        var body = Expression.New(typeof(ScheduledParts).GetConstructors()[0], Expression.Property(typed, "Message"), Expression.Property(typed, "At"));
        return Expression.Lambda<Func<object, ScheduledParts>>(body, value).Compile();
    }
}

internal sealed record StreamParts(Type StateType, string Key, IEnumerable<object> Events);

internal sealed record ScheduledParts(object Message, DateTimeOffset At);
