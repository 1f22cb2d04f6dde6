using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventSourced.Api.Hosting.Errors;

/// <summary>Ours, under <c>/api</c>: camel case, <c>application/problem+json</c>.</summary>
public static class OwnDialect
{
    public static readonly Dialect Dialect = new()
    {
        Name = "eventsourced",
        Paths = ["/"],
        Json = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web)),
        ErrorContentType = "application/problem+json",
        Shape = failure => new Problem(
            $"urn:problem:{failure.Code}",
            TitleOf(failure.Status),
            failure.Status,
            failure.Message,
            failure.Code,
            failure.Fields.Count == 0 ? null : [.. failure.Fields.Select(f => new ProblemField(f.Source, f.Name, f.Message, f.Type))]),
        Refusals = OwnRefusals.Statuses,
    };

    /// <summary>Our JSON on the web defaults; also the host's own, from which OpenAPI takes its schemas.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions json)
    {
        json.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        json.MaxDepth = 128; // all that is in the store, wrapped as it is in answers
        json.RespectNullableAnnotations = true;
        json.RespectRequiredConstructorParameters = true;
        return json;
    }

    private static string TitleOf(int status) => Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status);

    private sealed record Problem(
        string Type, string Title, int Status, string Detail, string Code,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ProblemField>? Errors);

    private sealed record ProblemField(string In, string Field, string Message, string Type);
}
