using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>Finds passwords in addresses. What a request says becomes an event, and events are for ever: they hold none.</summary>
public static partial class UrlCredentials
{
    public const string Message = "has a user or password in a URL";

    // Takes linear time, whatever the text.
    private static readonly Regex Password = new(@"://[^/\s?#@]*:[^/\s?#]*@", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>The address names a user before its host.</summary>
    public static bool AreIn(string url) => Authority().IsMatch(url);

    /// <summary>Some text in free JSON has an address with a password.</summary>
    public static bool AreIn(JsonNode? json) => Texts(json).Any(Password.IsMatch);

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonObject properties => properties.SelectMany(p => Texts(p.Value).Prepend(p.Key)),
        JsonArray items => items.SelectMany(Texts),
        JsonValue value when value.GetValueKind() is JsonValueKind.String => [value.GetValue<string>()],
        _ => [],
    };

    [GeneratedRegex(@"^\s*([A-Za-z][A-Za-z0-9+.-]*:)?[/\\]{2,}[^/\\?#]*@", RegexOptions.CultureInvariant)]
    private static partial Regex Authority();

}
