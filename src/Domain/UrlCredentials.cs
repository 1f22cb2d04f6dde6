using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EventSourced.Domain;

/// <summary>
/// Finds passwords and access tokens in addresses: before the host, or in the query (<c>?access_token=</c>, the signature of a presigned URL). What a request says
/// becomes an event, and events are for ever: they hold none.
/// </summary>
public static partial class UrlCredentials
{
    public const string Message = "has credentials in a URL";

    // Names of parameters that open something: whole words for the short ones (sig, auth), the end of the name for the others (private_token, X-Amz-Signature).
    private const string Opening =
        "(?:[^=&;#?\\s]*(?:token|signature|secret|password|passwd|passphrase|pwd|api[-_.]?key|access[-_.]?key|private[-_.]?key|credentials?)|(?:[^=&;#?\\s]*[-_.])?(?:sig|auth|jwt|pass))";

    private const RegexOptions Linear = RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.NonBacktracking; // whatever the text

    // Made when they are needed: most addresses have no parameters, most free texts no address, and what runs in linear time takes long to make.
    private static readonly Lazy<Regex> Password = new(() => new(@"://[^/\s?#@]*:[^/\s?#@]*@", Linear));

    private static readonly Lazy<Regex> OpeningParameter = new(() => new($@"[?&;#]{Opening}=[^&;#\s]", Linear));

    private static readonly Lazy<Regex> OpeningParameterOfAddress = new(() => new($@"://\S*[?&;#]{Opening}=[^&;#\s]", Linear));

    /// <summary>The address names a user before its host, or what opens it in its query or fragment.</summary>
    public static bool AreIn(string url) => Authority().IsMatch(url) || InParameters(url);

    /// <summary>A parameter of the address is a token, a key, a password or a signature; its name may be percent-encoded.</summary>
    public static bool InParameters(string url) => HasOpeningParameter(url) || HasOpeningParameter(Uri.UnescapeDataString(url));

    /// <summary>Some text in free JSON has an address with a password or with a parameter that opens it.</summary>
    public static bool AreIn(JsonNode? json) =>
        Texts(json).Any(text => text.Contains("://", StringComparison.Ordinal) && (Password.Value.IsMatch(text) || OpeningParameterOfAddress.Value.IsMatch(text)));

    private static bool HasOpeningParameter(string url) => url.AsSpan().IndexOfAny("?&;#") >= 0 && OpeningParameter.Value.IsMatch(url);

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
