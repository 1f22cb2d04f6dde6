using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using EventSourced.Api.Hosting.Errors;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Hosting;

/// <summary>One method at one address, as the host maps it: what is mapped later is tested from that day on.</summary>
internal sealed partial record ServedRoute(string Method, RouteEndpoint Endpoint)
{
    /// <summary><c>PUT /api/users/{id}/password</c>; as in an OpenAPI document, without constraints and last slash.</summary>
    public string Name { get; } = $"{Method} /{Parameter().Replace(Endpoint.RoutePattern.RawText!.Trim('/'), "{${name}}")}";

    /// <summary>The address with ids that are well formed and belong to nothing.</summary>
    public string Url => "/" + Parameter().Replace(Endpoint.RoutePattern.RawText!.TrimStart('/'), p => (p.Groups["name"].Value, p.Groups["type"].Value) switch
    {
        (_, "guid") => Guid.CreateVersion7().ToString(),
        ("id", _) or (_, "int") => "2000000000",
        ("role", _) => "builder",
        _ => "unknown",
    });

    /// <summary>Null for what belongs to no API: health, metrics, the documents themselves.</summary>
    public Dialect? Dialect => Endpoint.Metadata.GetMetadata<Dialect>();

    /// <summary>The type of its JSON body; null without one.</summary>
    public Type? Body => Endpoint.Metadata.GetMetadata<IAcceptsMetadata>() is { RequestType: { } type } accepts && accepts.ContentTypes.Contains("application/json") ? type : null;

    public bool Writes => Body is not null || Method is not ("GET" or "HEAD");

    public static IReadOnlyList<ServedRoute> Of(ApiHost api) =>
    [
        .. api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(e => (e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method => new ServedRoute(method, e))),
    ];

    /// <summary>The body with every property of a type it has not.</summary>
    public string WithWrongTypes()
    {
        var info = Dialect!.Json.GetTypeInfo(Body!);
        return info.Kind is JsonTypeInfoKind.Object
            ? JsonSerializer.Serialize(info.Properties.ToDictionary(p => p.Name, p => p.PropertyType == typeof(string) ? (object)new { wrong = 1 } : "wrong"))
            : """["wrong"]""";
    }

    public override string ToString() => Name;

    [GeneratedRegex(@"\{\*{0,2}(?<name>\w+)(:(?<type>\w+))?\??\}")]
    private static partial Regex Parameter();
}
