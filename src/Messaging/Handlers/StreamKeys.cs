using System.Linq.Expressions;
using System.Reflection;

namespace EventSourced.Messaging.Handlers;

/// <summary>By convention the state <c>BuildTask</c> of a command is the stream named by its property <c>BuildTaskId</c>, through that id's <c>StreamKey</c>.</summary>
internal static class StreamKeys
{
    public static PropertyInfo? IdProperty(Type messageType, Type stateType) =>
        messageType.GetProperty(stateType.Name + "Id") is { CanRead: true } id && KeyProperty(id) is not null ? id : null;

    public static Func<object, string> Compile(Type messageType, PropertyInfo id)
    {
        var message = Expression.Parameter(typeof(object), "message");
        var key = Expression.Property(Expression.Property(Expression.Convert(message, messageType), id), KeyProperty(id)!); // IdProperty saw it
        return Expression.Lambda<Func<object, string>>(key, message).Compile();
    }

    private static PropertyInfo? KeyProperty(PropertyInfo id) =>
        id.PropertyType.GetProperty("StreamKey") is { CanRead: true } key && key.PropertyType == typeof(string) ? key : null;
}
