using System.Text.Json;

namespace EventSourced.EventStore;

/// <summary>Event types by alias, upcasters, append behaviour.</summary>
public sealed class EventStoreOptions
{
    internal List<(Type Type, string? Alias)> EventTypes { get; } = [];

    internal List<(string Alias, Type Target, Func<JsonElement, JsonSerializerOptions, object> Upcast)> Upcasters { get; } = [];

    /// <summary>Whether concurrent appends that carry nothing else share statements. Default true; off only to measure.</summary>
    public bool FoldConcurrentAppends { get; set; } = true;

    /// <summary>Registers an event type under its default alias (marten-schema 7.1).</summary>
    public void AddEventType<T>() => EventTypes.Add((typeof(T), null));

    /// <summary>Registers event types under their default aliases.</summary>
    public void AddEventTypes(IEnumerable<Type> types) => EventTypes.AddRange(types.Select(t => (t, (string?)null)));

    /// <summary>Registers an event type under another alias.</summary>
    public void MapEventType<T>(string eventTypeName) => EventTypes.Add((typeof(T), eventTypeName));

    /// <summary>Reads stored events of an old alias as <typeparamref name="TEvent"/>. Rows are not changed; writing goes on under the alias of <typeparamref name="TEvent"/>, which must be another.</summary>
    public void Upcast<TOldEvent, TEvent>(string eventTypeName, Func<TOldEvent, TEvent> upcast) where TOldEvent : notnull where TEvent : notnull =>
        Upcasters.Add((eventTypeName, typeof(TEvent), (json, options) => upcast(json.Deserialize<TOldEvent>(options)
            ?? throw new JsonException($"The body of an event '{eventTypeName}' is null."))));
}
