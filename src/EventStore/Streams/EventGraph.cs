using System.Collections.Concurrent;
using System.Text.Json;

namespace EventSourced.EventStore.Streams;

/// <summary>All event types by CLR type, alias and .NET name; decides which type a stored row is read as (marten-schema 7.2).</summary>
internal sealed class EventGraph
{
    /// <summary>Rows of this alias stand for numbers that a failed save had drawn; readers ignore them.</summary>
    public const string Tombstone = "tombstone";

    private const string ArchivedAlias = "archived";

    private readonly JsonSerializerOptions json;
    private readonly ConcurrentDictionary<Type, EventMapping> byType = new();
    private readonly ConcurrentDictionary<string, EventMapping> byAlias = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, EventMapping> byDotNetName = new(StringComparer.Ordinal);
    private readonly List<(string Alias, Type Target, Func<JsonElement, JsonSerializerOptions, object> Upcast)> upcasts;
    private readonly Dictionary<string, Func<JsonElement, JsonSerializerOptions, object>> upcasters;

    private int generation;

    public EventGraph(StoreOptions options)
    {
        json = options.SerializerOptions;
        upcasts = options.Events.Upcasters;
        upcasters = upcasts.ToDictionary(u => u.Alias, u => u.Upcast, StringComparer.Ordinal);
        Register(typeof(Archived), ArchivedAlias, "JasperFx.Events.Archived, JasperFx.Events");
        foreach (var (type, alias) in options.Events.EventTypes)
            Register(type, alias ?? MartenNames.Alias(type), MartenNames.DotNetName(type));

        foreach (var upcaster in upcasts)
            For(upcaster.Target);
    }

    /// <summary>Grows when a type becomes known.</summary>
    public int Generation => generation;

    /// <summary>Whether a row's alias does not always say its type, so that its .NET name has to be read.</summary>
    public bool SharesAliases { get; private set; }

    /// <summary>Every type known so far.</summary>
    public IEnumerable<EventMapping> Known => byType.Values;

    /// <summary>Every alias whose rows are read as <paramref name="type"/> or as something assignable to it, those of upcasters included, tombstones never.</summary>
    public IEnumerable<string> AliasesReadAs(Type type) => byType.Values.Where(m => type.IsAssignableFrom(m.Type)).Select(m => m.Alias)
        .Concat(upcasts.Where(u => type.IsAssignableFrom(u.Target)).Select(u => u.Alias)).Where(a => a != Tombstone);

    public EventMapping For(Type type) =>
        byType.TryGetValue(type, out var known) ? known : Register(type, MartenNames.Alias(type), MartenNames.DotNetName(type));

    /// <summary>Makes what compacting wrote for this aggregate readable.</summary>
    public void RegisterCompacted(Type aggregate)
    {
        var type = typeof(Compacted<>).MakeGenericType(aggregate);
        if (!byType.ContainsKey(type))
            Register(type, $"Compacted<{MartenNames.InCode(aggregate)}>", $"JasperFx.Events.{type.Name}[[{aggregate.AssemblyQualifiedName}]], JasperFx.Events");
    }

    public StoredEvent Read(string alias, string? dotNetName, ReadOnlySpan<byte> data) =>
        upcasters.TryGetValue(alias, out var upcast) ? Upcast(alias, dotNetName, upcast, data) : Resolve(alias, dotNetName).Read(data);

    private StoredEvent Upcast(string alias, string? dotNetName, Func<JsonElement, JsonSerializerOptions, object> upcast, ReadOnlySpan<byte> data)
    {
        var body = upcast(JsonSerializer.Deserialize<JsonElement>(data, json), json);
        var wrapped = For(body.GetType()).Wrap(body);
        wrapped.EventTypeName = alias;
        wrapped.DotNetTypeName = dotNetName ?? wrapped.DotNetTypeName;
        return wrapped;
    }

    private EventMapping Resolve(string alias, string? dotNetName)
    {
        if (byAlias.TryGetValue(alias, out var mapping))
            return dotNetName is null || mapping.DotNetName == dotNetName ? mapping : byDotNetName.GetValueOrDefault(dotNetName, mapping);

        if (dotNetName is null || Type.GetType(dotNetName) is not { } type)
            throw new UnknownEventTypeException(alias);

        return byAlias.GetOrAdd(alias, For(type));
    }

    private EventMapping Register(Type type, string alias, string dotNetName)
    {
        var mapping = byType.GetOrAdd(type, new EventMapping(type, alias, dotNetName, json));
        SharesAliases |= byAlias.GetOrAdd(mapping.Alias, mapping) != mapping;
        byDotNetName.TryAdd(mapping.DotNetName, mapping);
        Interlocked.Increment(ref generation);
        return mapping;
    }
}
