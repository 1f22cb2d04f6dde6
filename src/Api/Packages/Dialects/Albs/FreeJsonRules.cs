using System.Text.Json.Nodes;
using FluentValidation;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>What free JSON may be: it is kept for ever and passed on, so it holds no credentials and is no deeper than everybody reads.</summary>
internal static class FreeJsonRules
{
    public const int MaxDepth = 16;

    public static IRuleBuilderOptions<T, JsonObject?> CanBeKept<T>(this IRuleBuilder<T, JsonObject?> rule) => rule
        .Must(json => !IsDeeper(json, MaxDepth)).WithMessage($"is nested deeper than {MaxDepth} levels")
        .Must(json => !UrlCredentials.AreIn(json)).WithMessage(UrlCredentials.Message);

    private static bool IsDeeper(JsonNode? node, int levels) => node switch
    {
        JsonObject properties => levels is 0 || properties.Any(p => IsDeeper(p.Value, levels - 1)),
        JsonArray items => levels is 0 || items.Any(item => IsDeeper(item, levels - 1)),
        _ => false,
    };
}
