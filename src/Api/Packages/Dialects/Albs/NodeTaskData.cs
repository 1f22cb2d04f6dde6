using System.Text.Json.Nodes;
using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>
/// <c>platform.data</c> of a node's task (albs 8.3): a copy of the platform's data with the build's, then the package's mock options put in (albs 7.3).
/// </summary>
public static class NodeTaskData
{
    /// <param name="platformData">The platform's.</param>
    /// <param name="buildOptions">The build's mock options.</param>
    /// <param name="packageOptions">The package's.</param>
    /// <param name="dist">What the ref gives; see <see cref="MockOptions.DistOf"/>.</param>
    /// <param name="secureBoot">Whether the build is one for secure boot.</param>
    public static JsonObject Merge(JsonObject? platformData, JsonObject? buildOptions, JsonObject? packageOptions, string? dist, bool secureBoot)
    {
        var data = (JsonObject?)platformData?.DeepClone() ?? [];
        foreach (var key in (string[])["mock", "yum", "definitions"])
            Section(data, key);

        Apply(data, buildOptions);
        Apply(data, packageOptions);
        if (dist is not null)
            Section(data, "definitions")["dist"] = dist;

        if (secureBoot)
        {
            var mock = Section(data, "mock");
            Append(mock, "chroot_setup_cmd", Texts(mock["secure_boot_additional_packages"]));
        }

        return data;
    }

    private static void Apply(JsonObject data, JsonObject? options)
    {
        foreach (var (key, value) in options ?? [])
        {
            switch (key)
            {
                case "target_arch" when value is not null:
                    Section(data, "mock")["target_arch"] = value.DeepClone();
                    break;
                case "module_enable":
                    EnableModules(Section(data, "mock"), Texts(value));
                    break;
                case "yum_exclude":
                    Append(Section(data, "yum"), "exclude", Texts(value));
                    break;
                case "with" or "without":
                    foreach (var name in Texts(value))
                        Section(data, "definitions")[$"_{key}_{name}"] = $"--{key}-{name}";
                    break;
                case var _ when value is JsonObject definitions:
                    foreach (var (name, text) in definitions)
                        Section(data, "definitions")[name] = text?.DeepClone();
                    break;
            }
        }
    }

    private static void EnableModules(JsonObject mock, IReadOnlyList<string> modules)
    {
        var enabled = Texts(mock["module_enable"]).Concat(modules).Distinct(StringComparer.Ordinal);
        mock["module_enable"] = new JsonArray([.. enabled.Select(m => JsonValue.Create(m))]);
    }

    private static void Append(JsonObject section, string key, IReadOnlyList<string> words)
    {
        if (words is not [])
            section[key] = string.Join(' ', Texts(section[key]).Concat(words));
    }

    private static JsonObject Section(JsonObject data, string key)
    {
        if (data[key] is not JsonObject section)
            data[key] = section = [];

        return section;
    }

    private static IReadOnlyList<string> Texts(JsonNode? value) => value switch
    {
        JsonArray array => [.. array.Select(v => v?.ToString()).OfType<string>()],
        null => [],
        _ => value.ToString() is { Length: > 0 } text ? [text] : [],
    };
}
