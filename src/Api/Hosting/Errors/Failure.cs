namespace EventSourced.Api.Hosting.Errors;

/// <summary>Why a request is not answered as asked; each dialect shapes it its own way.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable code (<c>build_task.not_idle</c>).</param>
/// <param name="Message">A sentence for the caller. A 500 never explains itself.</param>
public sealed record Failure(int Status, string Code, string Message)
{
    /// <summary>The fields at fault; empty when the request as a whole is refused.</summary>
    public IReadOnlyList<FieldError> Fields { get; init; } = [];

    /// <summary>When trying again makes sense.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>One field that does not fit.</summary>
/// <param name="Source"><c>body</c>, <c>query</c>, <c>path</c> or <c>header</c>.</param>
/// <param name="Path">Property names (<see cref="string"/>) and array indexes (<see cref="int"/>) from the outside in, as the client wrote them.</param>
/// <param name="Message">What is wrong with it.</param>
/// <param name="Type">Stable kind of error (<c>missing</c>, <c>type</c>, <c>value</c>).</param>
public sealed record FieldError(string Source, IReadOnlyList<object> Path, string Message, string Type)
{
    /// <summary><c>tasks[0].url</c>.</summary>
    public string Name => string.Concat(Path.Select((part, i) => part is int ? $"[{part}]" : i == 0 ? (string)part : "." + part));

    /// <summary>What was given is of another type than what is expected there.</summary>
    public static FieldError OfType(string source, IReadOnlyList<object> path) => new(source, path, "does not have the expected type", "type");
}

/// <summary>The shape of a request is wrong: unreadable JSON, a missing or unfit field, too long a list.</summary>
public sealed class InvalidRequestException(IReadOnlyList<FieldError> fields) : Exception("The request does not fit its schema.")
{
    public IReadOnlyList<FieldError> Fields { get; } = fields;

    public static InvalidRequestException Of(string source, string name, string message, string type = "value") =>
        new([new FieldError(source, [name], message, type)]);
}

/// <summary>Refused at the edge, before any decision: unknown things, missing rights, limits.</summary>
public sealed class RequestRefusedException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    public TimeSpan? RetryAfter { get; init; }

    public static RequestRefusedException NotFound(string what) => new(StatusCodes.Status404NotFound, "not_found", $"{what} does not exist.");

    public static RequestRefusedException Forbidden(string why) => new(StatusCodes.Status403Forbidden, "forbidden", why);
}
