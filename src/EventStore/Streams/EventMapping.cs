using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace EventSourced.EventStore.Streams;

/// <summary>One event type and what its rows hold.</summary>
internal sealed class EventMapping(Type type, string alias, string dotNetName, JsonSerializerOptions json)
{
    private readonly JsonTypeInfo body = json.GetTypeInfo(type);
    private readonly Func<object, StoredEvent> wrap = EventWrapper.For(type);

    public Type Type => type;

    public string Alias => alias;

    public string DotNetName => dotNetName;

    public byte[] Serialize(object data) => JsonSerializer.SerializeToUtf8Bytes(data, body);

    public StoredEvent Read(ReadOnlySpan<byte> data) => Wrap(JsonSerializer.Deserialize(data, body)
        ?? throw new JsonException($"The body of an event '{alias}' is null."));

    public StoredEvent Wrap(object data)
    {
        var wrapped = wrap(data);
        wrapped.EventTypeName = alias;
        wrapped.DotNetTypeName = dotNetName;
        return wrapped;
    }
}
