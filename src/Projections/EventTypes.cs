using EventSourced.Domain;

namespace EventSourced.Projections;

/// <summary>Finds an area's events: sealed records under its namespace that implement an interface named <c>I…Event</c>.</summary>
public static class EventTypes
{
    public static IEnumerable<Type> In(string areaNamespace) => typeof(NewStream).Assembly.GetTypes()
        .Where(t => t is { IsClass: true, IsSealed: true } && t.Namespace is { } space && (space == areaNamespace || space.StartsWith(areaNamespace + '.', StringComparison.Ordinal)))
        .Where(IsEvent)
        .OrderBy(t => t.FullName, StringComparer.Ordinal);

    public static bool IsEvent(Type type) =>
        type.GetInterfaces().Any(i => i.Assembly == type.Assembly && i.Name.StartsWith('I') && i.Name.EndsWith("Event", StringComparison.Ordinal));
}
