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
        && given.TryGetProperty(Definitions, out var definitions)
        && definitions.ValueKind is JsonValueKind.Object
        && definitions.TryGetProperty("dist", out _);

    /// <summary>A branch such as <c>c8-el8_5</c> gives the package's <c>dist</c>, unless the person did.</summary>
    public static FreeJson? WithDistOf(string? gitRef, FreeJson? options)
    {
        if (gitRef is null || DistInRef().Match(gitRef) is not { Success: true } dist || GivesDist(options))
            return options;

        var result = ObjectOf(options);
        ObjectAt(result, Definitions)["dist"] = $".{dist.Value}";
        return FreeJsonOf(result);
    }

    /// <summary>A platform's <c>data</c> as a build node gets it: the platform's, then the build's options, then the package's.</summary>
    public static FreeJson Merge(FreeJson? platformData, bool secureBoot, params ReadOnlySpan<FreeJson?> options)
    {
        var data = ObjectOf(platformData);
        var mock = ObjectAt(data, "mock");
        ObjectAt(data, "yum");
        ObjectAt(data, Definitions);

        foreach (var given in options)
        {
            foreach (var (key, value) in ObjectOf(given))
                Apply(data, key, value);
        }

        if (secureBoot && mock["secure_boot_additional_packages"] is JsonArray packages)
            mock["chroot_setup_cmd"] = Joined(mock["chroot_setup_cmd"], packages);

        return FreeJsonOf(data);
    }

    private static void Apply(JsonObject data, string key, JsonNode? value)
    {
        switch (key, value)
        {
            case ("target_arch", JsonValue):
                ObjectAt(data, "mock")["target_arch"] = value.DeepClone();
                break;
            case ("module_enable", JsonValue or JsonArray):
                EnableModules(ObjectAt(data, "mock"), value as JsonArray ?? [value.DeepClone()]);
                break;
            case ("yum_exclude", JsonArray excluded):
                ObjectAt(data, "yum")["exclude"] = Joined(ObjectAt(data, "yum")["exclude"], excluded);
                break;
            case ("with" or "without", JsonArray conditions):
                foreach (var condition in TextsOf(conditions))
                    ObjectAt(data, Definitions)[$"_{key}_{condition}"] = $"--{key}-{condition}";
                break;
            case (_, JsonObject definitions):
                foreach (var (name, definition) in definitions)
                    ObjectAt(data, Definitions)[name] = definition?.DeepClone();
                break;
        }
    }

    private static void EnableModules(JsonObject mock, JsonArray modules)
    {
        var enabled = mock["module_enable"] as JsonArray ?? [];
        string[] all = [.. TextsOf(enabled).Concat(TextsOf(modules)).Distinct()];
        mock["module_enable"] = new JsonArray([.. all.Select(m => JsonValue.Create(m))]);
    }

    private static string Joined(JsonNode? text, JsonArray more)
    {
        string[] start = text is JsonValue value && value.TryGetValue<string>(out var first) && first.Length > 0 ? [first] : [];
        return string.Join(' ', [.. start, .. TextsOf(more)]);
    }

    private static IEnumerable<string> TextsOf(JsonArray array) => array.OfType<JsonNode>().Select(n => n.ToString());

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

    [GeneratedRegex(@"el\d+_\d+", RegexOptions.CultureInvariant)]
    private static partial Regex DistInRef();
}
