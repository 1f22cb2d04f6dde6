using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using EventSourced.Api.Hosting.Errors;

namespace EventSourced.Api.Hosting.Requests;

/// <summary>Names the field at fault, in the client's words and without our type names.</summary>
internal static partial class JsonFaults
{
    private const string MissingMarker = "missing required properties including: ";

    /// <summary>What did not fit the record. The missing names stand only in the exception's text; a test pins it.</summary>
    public static IReadOnlyList<FieldError> Of(JsonException exception)
    {
        var at = Parse((exception.Path ?? "$").TrimStart('$'));
        var marker = exception.Message.IndexOf(MissingMarker, StringComparison.Ordinal);
        return marker < 0
            ? [exception.InnerException is null or InvalidOperationException ? FieldError.OfType("body", at) : new FieldError("body", at, "does not fit", "type")]
            : [.. Quoted().Matches(exception.Message[(marker + MissingMarker.Length)..])
                .Select(m => new FieldError("body", [.. at, m.Groups[1].Value], "is required", "missing"))];
    }

    /// <summary>A validator's <c>Tasks[0].Url</c> in the names of the dialect.</summary>
    public static IReadOnlyList<object> PathOf(string propertyName, JsonSerializerOptions json) =>
        [.. Parse(propertyName).Select(part => part is string name ? json.PropertyNamingPolicy?.ConvertName(name) ?? name : part)];

    private static object[] Parse(string path) => [.. Segments().Matches(path).Select(Segment)];

    private static object Segment(Match match) =>
        match.Groups["index"] is { Success: true } index ? int.Parse(index.Value, CultureInfo.InvariantCulture)
        : match.Groups["quoted"] is { Success: true } quoted ? quoted.Value
        : match.Groups["name"].Value;

    [GeneratedRegex(@"\[(?<index>\d{1,9})\]|\['(?<quoted>[^']*)'\]|\.?(?<name>[^.\[\]]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Segments();

    [GeneratedRegex("'([^']+)'", RegexOptions.CultureInvariant)]
    private static partial Regex Quoted();
}
