using System.Text.Json;
using System.Text.Json.Nodes;
using EventSourced.Domain;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>Free JSON between requests and events; null stays null.</summary>
internal static class FreeJsonMapping
{
    public static FreeJson? ToFreeJson(this JsonNode? node) => node is null ? null : new FreeJson(JsonSerializer.SerializeToElement(node));

    public static JsonNode? ToNode(this FreeJson? json) => json?.Value.ValueKind switch
    {
        null => null,
        JsonValueKind.Object => JsonObject.Create(json.Value),
        JsonValueKind.Array => JsonArray.Create(json.Value),
        _ => JsonValue.Create(json.Value),
    };
}
