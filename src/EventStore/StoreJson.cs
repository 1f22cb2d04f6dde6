using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventSourced.EventStore;

internal static class StoreJson
{
    public static JsonSerializerOptions CreateOptions() => new() { Converters = { new JsonStringEnumConverter() } };
}
