using System.Text.Json;
using System.Text.Json.Serialization;
using EventSourced.Api.Hosting.Errors;

namespace EventSourced.Api.Packages.Dialects.Pulp;

/// <summary>The part of Pulp 3's API that build and sign nodes upload with (albs 17).</summary>
public static class PulpDialect
{
    public static readonly Dialect Dialect = new()
    {
        Name = "pulp",
        Paths = ["/pulp"],
        Json = CreateJson(),
        Shape = failure => failure.Fields.Count > 0
            ? failure.Fields.GroupBy(f => f.Name).ToDictionary(f => f.Key, f => f.Select(e => e.Message).ToArray())
            : new PulpDetail(failure.Message),
    };

    private static JsonSerializerOptions CreateJson() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
        RespectNullableAnnotations = true,
    };
}

public sealed record PulpDetail(string Detail);
