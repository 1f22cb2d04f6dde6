using System.Text.RegularExpressions;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Domain;
using Npgsql;

namespace EventSourced.Api.Hosting.Errors;

/// <summary>The one table from exceptions to failures.</summary>
internal static partial class FailureMapping
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    public static Failure From(Exception exception, Dialect dialect, HttpContext context) => exception switch
    {
        InvalidRequestException e => new(dialect.InvalidStatus, "request.invalid", Summary(e.Fields)) { Fields = e.Fields },
        RequestRefusedException e => new(e.Status, e.Code, e.Message) { RetryAfter = e.RetryAfter },
        RuleViolationException e => new(dialect.StatusOf(e.Code), e.Code, e.Message),
        StreamNotFoundException e => new(StatusCodes.Status404NotFound, "not_found", e.Message),
        IdempotencyConflictException e => new(StatusCodes.Status422UnprocessableEntity, "idempotency.other_request", e.Message),
        UnexpectedStreamVersionException => FromStatus(StatusCodes.Status412PreconditionFailed),
        ConcurrencyException or ExistingStreamIdCollisionException =>
            new(dialect.LostRaceStatus, "conflict.lost_race", "Others changed the same thing at the same time; try again.") { RetryAfter = Soon },
        InvalidStreamOperationException => new(StatusCodes.Status409Conflict, "conflict.archived", "The thing is archived and cannot change."),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLarge,
        BadHttpRequestException e => FromBinding(e, dialect, context),
        PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter } =>
            new(dialect.InvalidStatus, "request.invalid", "A text has a character that cannot be kept."),
        NpgsqlException { IsTransient: true } or PostgresException { SqlState: "25P03" } or TimeoutException => Unavailable, // 25P03: this process was frozen in a transaction
        IOException when exception.GetType() == typeof(IOException) => DiskUnavailable, // what has a type of its own (no such file, a name too long) does not pass
        _ => new(StatusCodes.Status500InternalServerError, "internal", "Something went wrong here; it has been recorded."),
    };

    public static Failure TooLarge { get; } = new(StatusCodes.Status413PayloadTooLarge, "request.too_large", "The body is larger than this address takes.");

    public static Failure Unavailable { get; } =
        new(StatusCodes.Status503ServiceUnavailable, "unavailable", "The database does not answer at the moment; try again.") { RetryAfter = Soon };

    /// <summary>Full, or failing.</summary>
    private static Failure DiskUnavailable { get; } =
        new(StatusCodes.Status503ServiceUnavailable, "unavailable", "The disk does not take or give the bytes at the moment; try again.") { RetryAfter = Soon };

    /// <summary>For answers that only carry a status.</summary>
    public static Failure FromStatus(HttpContext context, Dialect dialect) =>
        context.Response.StatusCode is StatusCodes.Status400BadRequest && OptionalParameters.FindUnfit(context) is { } field
            ? Unfit(field, dialect) : FromStatus(context.Response.StatusCode);

    /// <summary>Of routing, authentication and authorization.</summary>
    public static Failure FromStatus(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => new(status, "unauthorized", "Unauthorized"),
        StatusCodes.Status403Forbidden => new(status, "forbidden", "This principal may not do that."),
        StatusCodes.Status404NotFound => new(status, "not_found", "Not Found"),
        StatusCodes.Status405MethodNotAllowed => new(status, "method_not_allowed", "Method Not Allowed"),
        StatusCodes.Status412PreconditionFailed => new(status, "precondition.failed", "The thing has changed since it was read."),
        StatusCodes.Status413PayloadTooLarge => TooLarge,
        StatusCodes.Status415UnsupportedMediaType => new(status, "request.media_type", "The body's content type is not taken here."),
        _ => new(status, $"status.{status}", Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status)),
    };

    private static string Summary(IReadOnlyList<FieldError> fields) =>
        fields is [var only] ? only.Name.Length == 0 ? only.Message : $"{only.Name}: {only.Message}" : "Some fields do not fit.";

    /// <summary>The framework names the parameter only in its text; a test pins that text.</summary>
    private static Failure FromBinding(BadHttpRequestException exception, Dialect dialect, HttpContext context)
    {
        var match = BoundParameter().Match(exception.Message);
        if (!match.Success)
            return new(exception.StatusCode, "request.malformed", "The request could not be read.");

        var name = match.Groups["name"].Value;
        if (UnknownIds.Find(name, context.Request.RouteValues.GetValueOrDefault(name) as string) is { } unknown)
            return new(unknown.Status, unknown.Code, unknown.Message);

        var source = context.Request.RouteValues.ContainsKey(name) ? "path" : exception.Message.Contains("header", StringComparison.Ordinal) ? "header" : "query";
        var field = exception.Message.StartsWith("Required", StringComparison.Ordinal)
            ? new FieldError(source, [name], "is required", "missing")
            : FieldError.OfType(source, [name]);

        return Unfit(field, dialect);
    }

    private static Failure Unfit(FieldError field, Dialect dialect) => new(dialect.InvalidStatus, "request.invalid", Summary([field])) { Fields = [field] };

    [GeneratedRegex("""parameter "[^"]*?(?<name>[A-Za-z_]\w*)" """, RegexOptions.CultureInvariant)]
    private static partial Regex BoundParameter();
}
