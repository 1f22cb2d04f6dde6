using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace EventSourced.Workers.Packages.Platforms;

/// <summary>
/// YAML as JSON: plain scalars are null, booleans (those of YAML 1.1, as PyYAML reads them) or numbers where they look like it, everything quoted is text. <c>&lt;&lt;</c>
/// brings the keys of other mappings, of which the mapping's own and then those of the first count.
/// </summary>
internal static partial class YamlJson
{
    /// <summary>Aliases may repeat a node without end.</summary>
    private const int MostNodes = 100_000, MostDepth = 64;

    /// <exception cref="FormatException">It is no YAML, or too large.</exception>
    public static JsonNode? Read(string yaml)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            var nodes = 0;
            return stream.Documents is [var document]
                ? Convert(document.RootNode, 0, ref nodes)
                : throw new FormatException("The file is not one YAML document.");
        }
        catch (YamlException e)
        {
            throw new FormatException($"line {e.Start.Line}: {(e.InnerException ?? e).Message.ReplaceLineEndings(" ")}");
        }
        catch (InvalidOperationException e) when (e.Source is "YamlDotNet")
        {
            throw new FormatException("The file is no YAML: some line leaves a bracket or brace open."); // the scanner does not say which
        }
    }

    private static JsonNode? Convert(YamlNode node, int depth, ref int nodes)
    {
        Count(node, 1, depth, ref nodes);
        return node switch
        {
            YamlMappingNode mapping => ObjectOf(mapping, depth, ref nodes),
            YamlSequenceNode sequence => ArrayOf(sequence, depth, ref nodes),
            YamlScalarNode { Style: ScalarStyle.Plain, Tag.IsEmpty: true, Value: var text } => Plain(text ?? ""),
            YamlScalarNode { Value: var text } => JsonValue.Create(text),
            _ => throw new FormatException($"line {node.Start.Line}: neither a value nor a list nor a mapping."),
        };
    }

    private static JsonObject ObjectOf(YamlMappingNode mapping, int depth, ref int nodes)
    {
        var values = new OrderedDictionary<string, YamlNode>();
        Gather(mapping, depth, ref nodes, values);
        var json = new JsonObject();
        foreach (var (name, value) in values)
            json[name] = Convert(value, depth + 1, ref nodes);

        return json;
    }

    private static void Gather(YamlMappingNode mapping, int depth, ref int nodes, OrderedDictionary<string, YamlNode> values)
    {
        foreach (var (key, value) in mapping.Children.Where(child => !IsMerge(child.Key)))
            values.TryAdd(key is YamlScalarNode { Value: { } name } ? name : throw new FormatException($"line {key.Start.Line}: the key is no text."), value);

        foreach (var merged in mapping.Children.Where(child => IsMerge(child.Key)).SelectMany(child => child.Value is YamlSequenceNode list ? list.Children : [child.Value]))
        {
            var other = merged as YamlMappingNode ?? throw new FormatException($"line {merged.Start.Line}: what << brings is no mapping.");
            Count(other, other.Children.Count + 1, depth + 1, ref nodes);
            Gather(other, depth + 1, ref nodes, values);
        }
    }

    private static bool IsMerge(YamlNode key) => key is YamlScalarNode { Style: ScalarStyle.Plain, Tag.IsEmpty: true, Value: "<<" };

    private static void Count(YamlNode node, int values, int depth, ref int nodes)
    {
        nodes += values;
        if (nodes > MostNodes || depth > MostDepth)
            throw new FormatException($"line {node.Start.Line}: more than {MostNodes} values, or deeper than {MostDepth}.");
    }

    private static JsonArray ArrayOf(YamlSequenceNode sequence, int depth, ref int nodes)
    {
        var json = new JsonArray();
        foreach (var item in sequence.Children)
            json.Add(Convert(item, depth + 1, ref nodes));

        return json;
    }

    private static JsonNode? Plain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" => JsonValue.Create(true),
        "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" => JsonValue.Create(false),
        _ => Number().IsMatch(text) ? JsonNode.Parse(text) : JsonValue.Create(text),
    };

    [GeneratedRegex(@"\A-?(0|[1-9][0-9]*)(\.[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
