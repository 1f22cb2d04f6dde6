using System.Text.Json;

namespace EventSourced.Api.Hosting.Errors;

/// <summary>What is particular to one external API: where it lives, its JSON, its errors. Put on a route group by <see cref="DialectRoutes.MapDialect"/>.</summary>
public sealed class Dialect
{
    /// <summary>Name of its OpenAPI document: <c>/openapi/{Name}.json</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Path prefixes it answers for when no endpoint matched (404, 405).</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>How its bodies are read and written.</summary>
    public required JsonSerializerOptions Json
    {
        get;
        init
        {
            value.MakeReadOnly(populateMissingResolver: true);
            field = value;
        }
    }

    /// <summary>The error body; written with <see cref="Json"/>.</summary>
    public required Func<Failure, object> Shape { get; init; }

    /// <summary>The cookie in which browsers send the token when they send no <c>Authorization</c>; null where cookies say nothing.</summary>
    public string? TokenCookie { get; init; }

    /// <summary>Whether a credential in the header that does not count is told so also where none is needed.</summary>
    public bool RefusesFailedCredentials { get; init; }

    public string ErrorContentType { get; init; } = "application/json";

    /// <summary>Refusal code → status, where <see cref="StatusOf"/> would be another.</summary>
    public IReadOnlyDictionary<string, int> Refusals { get; init; } = new Dictionary<string, int>();

    /// <summary>Status of a request that does not fit its schema.</summary>
    public int InvalidStatus { get; init; } = StatusCodes.Status400BadRequest;

    /// <summary>Status when a race is still lost after the last try: 409, or 503 for clients that retry on it.</summary>
    public int LostRaceStatus { get; init; } = StatusCodes.Status409Conflict;

    /// <summary>Of a refusal: 404 for a thing that is not there (<c>build.unknown</c>), else 409, unless <see cref="Refusals"/> says otherwise.</summary>
    public int StatusOf(string code) =>
        Refusals.TryGetValue(code, out var status) ? status
        : code.EndsWith(".unknown", StringComparison.Ordinal) ? StatusCodes.Status404NotFound
        : StatusCodes.Status409Conflict;
}
