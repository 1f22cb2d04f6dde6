using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventSourced.EventStore;

internal static class StoreJson
{
    /// <summary>Deeper than anything that is taken in, for what was stored is always read again, wrapped in more.</summary>
    private const int MaxDepth = 128;

    public static JsonSerializerOptions CreateOptions() => new() { MaxDepth = MaxDepth, Converters = { new JsonStringEnumConverter() } };
}
