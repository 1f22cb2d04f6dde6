using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>The build system's dialect under <c>/api/v1</c>: its JSON and its errors (albs 1.4).</summary>
public static class AlbsDialect
{
    /// <summary>Code of the one 400 whose detail is a list.</summary>
    public const string NoEnabledComponent = "build.no_enabled_component";

    public static readonly Dialect Dialect = new()
    {
        Name = "albs",
        Paths = ["/api/v1"],
        Json = AlbsJson.Options,
        Shape = Shape,
        TokenCookie = "albs",
        RefusesFailedCredentials = true,
        InvalidStatus = StatusCodes.Status422UnprocessableEntity,
        LostRaceStatus = StatusCodes.Status503ServiceUnavailable, // nodes try again on 503 only
        Refusals = new Dictionary<string, int>
        {
            [BuildErrors.ArchUnknown] = StatusCodes.Status422UnprocessableEntity,
            [BuildErrors.NothingToBuild] = StatusCodes.Status422UnprocessableEntity,
            [BuildTaskErrors.NeverHeld] = StatusCodes.Status403Forbidden,
            [PlatformErrors.ArchInvalid] = StatusCodes.Status422UnprocessableEntity,
            [SignKeyErrors.Known] = StatusCodes.Status400BadRequest,
            [SignKeyErrors.Inactive] = StatusCodes.Status403Forbidden,
            [SignKeyErrors.NotAllowed] = StatusCodes.Status403Forbidden,
            [SignTaskErrors.NothingToSign] = StatusCodes.Status400BadRequest,
            [SignTaskErrors.NeverHeld] = StatusCodes.Status403Forbidden,
            [RepositoryErrors.AddressInvalid] = StatusCodes.Status422UnprocessableEntity,
            [RepositoryErrors.ArchInvalid] = StatusCodes.Status422UnprocessableEntity,
            [RepositoryErrors.NameReserved] = StatusCodes.Status422UnprocessableEntity,
        },
    };

    private static object Shape(Failure failure) => failure switch
    {
        { Code: BuildTaskErrors.AlreadyReported or BuildTaskErrors.StaleAttempt } => new BuildDoneResponse(Ok: false),
        { Code: NoEnabledComponent } => new AlbsMessages([new(failure.Message)]),
        { Fields.Count: > 0 } => new AlbsUnprocessable([.. failure.Fields.Select(f => new AlbsFieldError([f.Source, .. f.Path], f.Message, f.Type))]),
        { Status: StatusCodes.Status422UnprocessableEntity } => new AlbsUnprocessable([new(["body"], failure.Message, failure.Code)]),
        _ => new AlbsDetail(failure.Message),
    };
}

/// <summary>The error body of everything but 422 and a report that came too late.</summary>
public sealed record AlbsDetail(string Detail);

/// <summary>The 422 body.</summary>
public sealed record AlbsUnprocessable(IReadOnlyList<AlbsFieldError> Detail);

/// <summary>The 400 body of a module build without an enabled component.</summary>
public sealed record AlbsMessages(IReadOnlyList<AlbsMessage> Detail);

public sealed record AlbsMessage(string Msg);

/// <param name="Loc">Begins with <c>body</c>, <c>query</c> or <c>path</c>; array indexes are numbers.</param>
/// <param name="Msg">What is wrong.</param>
/// <param name="Type">Kind of error.</param>
public sealed record AlbsFieldError(IReadOnlyList<object> Loc, string Msg, string Type);
