using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>The error body of everything but 422 and 409 of a node's report.</summary>
public sealed record AlbsDetail(string Detail);

/// <summary>The 422 body.</summary>
public sealed record AlbsUnprocessable(IReadOnlyList<AlbsFieldError> Detail);

/// <param name="Loc">Begins with <c>body</c>, <c>query</c> or <c>path</c>; array indexes are numbers.</param>
public sealed record AlbsFieldError(IReadOnlyList<object> Loc, string Msg, string Type);

/// <summary>The 400 body of a module build without an enabled component.</summary>
public sealed record AlbsMessages(IReadOnlyList<AlbsMessage> Detail);

public sealed record AlbsMessage(string Msg);

public static class AlbsErrors
{
    public static JsonHttpResult<AlbsDetail> Detail(int status, string text) => TypedResults.Json(new AlbsDetail(text), AlbsJson.Options, statusCode: status);

    public static JsonHttpResult<AlbsDetail> NotFound(string text) => Detail(StatusCodes.Status404NotFound, text);

    public static JsonHttpResult<AlbsUnprocessable> Unprocessable(IReadOnlyList<AlbsFieldError> errors) =>
        TypedResults.Json(new AlbsUnprocessable(errors), AlbsJson.Options, statusCode: StatusCodes.Status422UnprocessableEntity);

    /// <summary><c>tasks[0].url</c> (or <c>$.tasks[0].url</c>) as <c>["body","tasks",0,"url"]</c>.</summary>
    public static IReadOnlyList<object> Loc(string source, string path)
    {
        var loc = new List<object> { source };
        foreach (var part in path.Split(['.', '[', ']', '\''], StringSplitOptions.RemoveEmptyEntries).SkipWhile(p => p is "$"))
            loc.Add(int.TryParse(part, out var index) ? index : JsonNamingPolicy.SnakeCaseLower.ConvertName(part));

        return loc;
    }
}
