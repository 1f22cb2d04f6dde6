using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EventSourced.Domain.Packages.Builds;

/// <summary>What a person may ask of a build: an object of known keys; other keys with an object count as rpm definitions.</summary>
public static partial class MockOptions
{
    private const string Definitions = "definitions";

    public static bool GivesDist(FreeJson? options) =>
        options?.Value is { ValueKind: JsonValueKind.Object } given
        && given.EnumerateObject().Any(o => o.Value.ValueKind is JsonValueKind.Object && o.Value.TryGetProperty("dist", out _));

    /// <summary>The <c>dist</c> that a branch such as <c>c8-el8_5</c> gives a package; null when it gives none, or the person did in one of these.</summary>
    public static string? DistOf(string? gitRef, params IReadOnlyList<FreeJson?> options) =>
        gitRef is not null && DistInRef().Match(gitRef) is { Success: true } dist && !options.Any(GivesDist) ? $".{dist.Value}" : null;

    /// <summary>With the <c>dist</c> of the branch, where that gives one.</summary>
    public static FreeJson? WithDistOf(string? gitRef, FreeJson? options)
    {
        if (DistOf(gitRef, options) is not { } dist)
            return options;

        var result = ObjectOf(options);
        ObjectAt(result, Definitions)["dist"] = dist;
        return FreeJsonOf(result);
    }

    private static JsonObject ObjectAt(JsonObject parent, string key)
    {
        if (parent[key] is JsonObject present)
            return present;

        var created = new JsonObject();
        parent[key] = created;
        return created;
    }

    private static JsonObject ObjectOf(FreeJson? json) =>
        json is { Value.ValueKind: JsonValueKind.Object } ? JsonObject.Create(json.Value.Clone())! : []; // an object, so not null

    private static FreeJson FreeJsonOf(JsonObject json) => new(JsonSerializer.SerializeToElement(json));

    [GeneratedRegex("el[0-9]+_[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex DistInRef();
}
