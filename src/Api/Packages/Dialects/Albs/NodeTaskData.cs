using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>
/// <c>platform.data</c> of a node's task (albs 8.3): a copy of the platform's data with the build's, then the package's mock options put in (albs 7.3).
/// </summary>
public static partial class NodeTaskData
{
    public static JsonObject Merge(JsonObject? platformData, JsonObject? buildOptions, JsonObject? packageOptions, string? gitRef, bool secureBoot)
    {
        var data = (JsonObject?)platformData?.DeepClone() ?? [];
        foreach (var key in (string[])["mock", "yum", "definitions"])
            Section(data, key);

        Apply(data, buildOptions);
        Apply(data, packageOptions);
        if (gitRef is not null && DistOfRef().Match(gitRef) is { Success: true } dist && !NamesDist(buildOptions) && !NamesDist(packageOptions))
            Section(data, "definitions")["dist"] = "." + dist.Value;

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

    private static bool NamesDist(JsonObject? options) => options?.Any(o => o.Value is JsonObject definitions && definitions.ContainsKey("dist")) is true;

    private static IReadOnlyList<string> Texts(JsonNode? value) => value switch
    {
        JsonArray array => [.. array.Select(v => v?.ToString()).OfType<string>()],
        null => [],
        _ => value.ToString() is { Length: > 0 } text ? [text] : [],
    };

    [GeneratedRegex("el[0-9]+_[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex DistOfRef();
}
