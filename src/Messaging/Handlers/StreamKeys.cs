using System.Linq.Expressions;
using System.Reflection;

namespace EventSourced.Messaging.Handlers;

/// <summary>By convention the state <c>BuildTask</c> of a command is the stream named by its property <c>BuildTaskId</c>, through that id's <c>StreamKey</c>.</summary>
internal static class StreamKeys
{
    public static PropertyInfo? IdProperty(Type messageType, Type stateType) =>
        messageType.GetProperty(stateType.Name + "Id") is { CanRead: true } id && KeyProperty(id.PropertyType) is not null ? id : null;

    public static Func<object, string> Compile(Type messageType, PropertyInfo id)
    {
        var message = Expression.Parameter(typeof(object), "message");
        var key = Expression.Property(Expression.Property(Expression.Convert(message, messageType), id), KeyProperty(id.PropertyType)!); // IdProperty saw it
        return Expression.Lambda<Func<object, string>>(key, message).Compile();
    }

    /// <summary>A list of the state <c>Repository</c> beside it is the streams named by the command's <c>RepositoryIds</c>.</summary>
    public static PropertyInfo? IdsProperty(Type messageType, Type stateType) =>
        messageType.GetProperty(stateType.Name + "Ids") is { CanRead: true } ids && ElementOf(ids) is { } id && KeyProperty(id) is not null ? ids : null;

    /// <summary>Each key once.</summary>
    public static Func<object, IReadOnlyList<string>> CompileMany(Type messageType, PropertyInfo ids)
    {
        var message = Expression.Parameter(typeof(object), "message");
        var id = Expression.Parameter(ElementOf(ids)!, "id"); // IdsProperty saw it, and its key
        var keyOf = Expression.Lambda(Expression.Property(id, KeyProperty(id.Type)!), id);
        var keys = Expression.Call(typeof(StreamKeys), nameof(KeysOf), [id.Type], Expression.Property(Expression.Convert(message, messageType), ids), keyOf);
        return Expression.Lambda<Func<object, IReadOnlyList<string>>>(keys, message).Compile();
    }

    private static IReadOnlyList<string> KeysOf<T>(IEnumerable<T> ids, Func<T, string> keyOf) => [.. ids.Select(keyOf).Distinct(StringComparer.Ordinal)];

    private static Type? ElementOf(PropertyInfo ids) => CompiledCall.IsGeneric(ids.PropertyType, typeof(IReadOnlyList<>)) ? ids.PropertyType.GetGenericArguments()[0] : null;

    private static PropertyInfo? KeyProperty(Type id) => id.GetProperty("StreamKey") is { CanRead: true } key && key.PropertyType == typeof(string) ? key : null;
}
