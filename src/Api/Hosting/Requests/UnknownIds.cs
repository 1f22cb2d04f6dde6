using System.Text.Json;
using System.Text.RegularExpressions;
using EventSourced.Api.Hosting.Errors;

namespace EventSourced.Api.Hosting.Requests;

/// <summary>Integers too large to be ids of ours: they are answered as any other id that is unknown.</summary>
internal static partial class UnknownIds
{
    /// <summary>For the text of an id that could not be read as one; null when it is no integer either.</summary>
    public static RequestRefusedException? Find(string name, string? text) =>
        text is not null && Integer().IsMatch(text) ? RequestRefusedException.NotFound($"{name} {text}") : null;

    /// <inheritdoc cref="Find(string, string?)"/>
    /// <param name="field">What could not be read.</param>
    /// <param name="body">In this body.</param>
    public static RequestRefusedException? Find(FieldError field, JsonElement body) =>
        field.Path is [.., string name] && name.EndsWith("_id", StringComparison.Ordinal) ? Find(field.Name, TextAt(field.Path, body)) : null;

    private static string? TextAt(IReadOnlyList<object> path, JsonElement element)
    {
        foreach (var part in path)
        {
            if (part is int index && element.ValueKind is JsonValueKind.Array)
                element = element[index];
            else if (part is not string name || element.ValueKind is not JsonValueKind.Object || !element.TryGetProperty(name, out element))
                return null;
        }

        return element.ToString();
    }

    [GeneratedRegex(@"\A-?[0-9]{1,1000}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Integer();
}
