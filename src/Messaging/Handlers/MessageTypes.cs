using System.Reflection;

namespace EventSourced.Messaging.Handlers;

/// <summary>Which types of the decisions' assemblies are messages, and their stored names.</summary>
internal static class MessageTypes
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public static string NameOf(Type type) => type.FullName!; // null only for open generics, which are no messages

    /// <summary>
    /// Sealed records that are no event (they implement no <c>I…Event</c>), fold nothing (no <c>Create</c> or <c>Apply</c>) and are no part of another type's members or
    /// signatures: what is left is only ever sent.
    /// </summary>
    public static IEnumerable<Type> In(IReadOnlyCollection<Type> types)
    {
        var parts = types.SelectMany(PartsOf).ToHashSet();
        return types.Where(t => IsSealedRecord(t) && !IsEvent(t) && !IsState(t) && !Shapes.IsNewStream(t) && !Shapes.IsChangedStream(t) && !Shapes.IsScheduled(t) && !parts.Contains(t));
    }

    private static bool IsSealedRecord(Type type) => type is { IsClass: true, IsSealed: true, IsAbstract: false } && type.GetMethod("<Clone>$") is not null;

    private static bool IsEvent(Type type) => type.GetInterfaces().Any(i => i.Name.StartsWith('I') && i.Name.EndsWith("Event", StringComparison.Ordinal));

    private static bool IsState(Type type) => type.GetMethods().Any(m => m.Name is "Create" or "Apply");

    private static IEnumerable<Type> PartsOf(Type type)
    {
        var isHandler = type.Name.EndsWith("Handler", StringComparison.Ordinal);
        var members = type.GetProperties(Declared).Select(p => p.PropertyType)
            .Concat(type.GetFields(Declared).Select(f => f.FieldType))
            .Concat(type.GetMethods(Declared).SelectMany(m => m.GetParameters().Skip(isHandler ? 1 : 0).Select(p => p.ParameterType)))
            .Concat(type.GetMethods(Declared).Select(m => m.ReturnType));
        return members.SelectMany(WithArguments).Where(t => t != type);
    }

    private static IEnumerable<Type> WithArguments(Type type) =>
        type.IsGenericType ? type.GetGenericArguments().SelectMany(WithArguments).Append(type)
        : type.HasElementType ? WithArguments(type.GetElementType()!)
        : [type];
}
