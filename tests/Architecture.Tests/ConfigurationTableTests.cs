using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace EventSourced.Architecture.Tests;

/// <summary>docs/configuration.md says what the options classes say.</summary>
public sealed partial class ConfigurationTableTests
{
    private static readonly Type[] Types = [.. new[] { "Api", "Workers", "ServiceDefaults" }.SelectMany(Code.TypesOf)];

    private static readonly string Document = Code.Read("docs/configuration.md");

    [Fact]
    public void Every_setting_of_an_options_class_is_in_the_table_with_its_default_and_range()
    {
        var rows = Rows();
        var missing = Settings().Where(setting => !rows.TryGetValue(setting.Key, out var row) || row.Default != setting.Default || row.Range != setting.Range)
            .Select(setting => $"| `{setting.Key}` | {setting.Default} | {setting.Range} | … |").ToList();

        Assert.True(missing.Count is 0, $"docs/configuration.md lacks, or has with another default or range:\n{string.Join('\n', missing)}");
    }

    [Fact]
    public void The_table_names_no_setting_that_is_not_there()
    {
        var known = Settings().Select(setting => setting.Key).ToHashSet();
        Assert.DoesNotContain(Rows().Keys, key => !known.Contains(key));
    }

    [Fact]
    public void Every_setting_is_explained() => Assert.DoesNotContain(Rows().Values, row => row.Meaning.Length < 20);

    [Fact]
    public void The_registrations_were_found() => Assert.True(Settings().Count() > 30);

    private static IEnumerable<Setting> Settings() =>
        from file in Code.Files("src")
        from Match registration in Registration().Matches(Code.Read(file))
        let type = Types.Single(type => type.Name == registration.Groups["type"].Value)
        from setting in Describe(registration.Groups["section"].Value, type, Activator.CreateInstance(type)!)
        select setting;

    private static IEnumerable<Setting> Describe(string section, Type type, object defaults)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var (key, value) = ($"{section}:{property.Name}", property.GetValue(defaults));
            if (value?.GetType() is { IsClass: true, Namespace: var space } nested && space!.StartsWith("EventSourced.", StringComparison.Ordinal))
            {
                foreach (var inner in Describe(key, nested, value))
                    yield return inner;
            }
            else
            {
                yield return new Setting(key, Text(value), Range(property), "");
            }
        }
    }

    private static string Text(object? value) => value switch
    {
        null or "" => "none",
        string text => $"`{text}`",
        bool flag => flag ? "true" : "false",
        System.Collections.IEnumerable list => list.Cast<object>().Any() ? string.Join(", ", list.Cast<object>()) : "none",
        Uri address => $"`{address.OriginalString}`",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Range(PropertyInfo property)
    {
        if (property.PropertyType.IsEnum)
            return string.Join(", ", Enum.GetNames(property.PropertyType));
        if (property.GetCustomAttribute<RangeAttribute>() is not { } range)
            return "";
        return range.Maximum is (double)long.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"from {range.Minimum}")
            : string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} … {range.Maximum}");
    }

    private static Dictionary<string, Setting> Rows() => Row().Matches(Document)
        .ToDictionary(
            row => row.Groups["key"].Value,
            row => new Setting(row.Groups["key"].Value, row.Groups["default"].Value.Trim(), row.Groups["range"].Value.Trim(), row.Groups["meaning"].Value.Trim()));

    [GeneratedRegex("""AddOptions<(?<type>\w+)>\(\)\s*\.BindConfiguration\("(?<section>[^"]+)"\)""")]
    private static partial Regex Registration();

    [GeneratedRegex("""^\| `(?<key>\w+:[\w:]+)` \|(?<default>[^|\n]*)\|(?<range>[^|\n]*)\|(?<meaning>[^|\n]*)\|$""", RegexOptions.Multiline)]
    private static partial Regex Row();

    private sealed record Setting(string Key, string Default, string Range, string Meaning);
}
