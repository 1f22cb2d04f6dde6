using System.Text.Json.Nodes;

namespace EventSourced.Domain;

/// <summary>What free JSON may be: it is kept for ever and passed on, so it holds no credentials and is no deeper than everybody reads.</summary>
public static class FreeJsonRules
{
    private const int MaxDepth = 16;

    /// <summary>Why it cannot be kept; null when it can.</summary>
    public static string? FaultIn(JsonNode? json) =>
        IsDeeper(json, MaxDepth) ? $"is nested deeper than {MaxDepth} levels" : UrlCredentials.AreIn(json) ? UrlCredentials.Message : null;

    private static bool IsDeeper(JsonNode? node, int levels) => node switch
    {
        JsonObject properties => levels is 0 || properties.Any(p => IsDeeper(p.Value, levels - 1)),
        JsonArray items => levels is 0 || items.Any(item => IsDeeper(item, levels - 1)),
        _ => false,
    };
}
