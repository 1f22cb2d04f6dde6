using EventSourced.Domain.Accounts.ApiKeys;
using EventSourced.Domain.Accounts.Users;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Nodes;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Api.Hosting.Errors;

/// <summary>Refusal codes of decisions that are not a plain 409 in our own API.</summary>
internal static class OwnRefusals
{
    public static readonly IReadOnlyDictionary<string, int> Statuses = new Dictionary<string, int>
    {
        [UserErrors.Unknown] = StatusCodes.Status404NotFound,
        [UserErrors.UnknownRole] = StatusCodes.Status400BadRequest,
        [ApiKeyErrors.Unknown] = StatusCodes.Status404NotFound,
        [ApiKeyErrors.UnknownScope] = StatusCodes.Status400BadRequest,
        [ApiKeyErrors.Expired] = StatusCodes.Status400BadRequest,
        [NodeErrors.Unknown] = StatusCodes.Status404NotFound,
        [ReleaseErrors.Unknown] = StatusCodes.Status404NotFound,
        [SignKeyErrors.Unknown] = StatusCodes.Status404NotFound,
        [SignTaskErrors.Unknown] = StatusCodes.Status404NotFound,
        [SignTaskErrors.NeverHeld] = StatusCodes.Status403Forbidden,
        [BuildTaskErrors.Unknown] = StatusCodes.Status404NotFound,
        [BuildTaskErrors.NeverHeld] = StatusCodes.Status403Forbidden,
        [RepositoryErrors.Unknown] = StatusCodes.Status404NotFound,
        [RepositoryErrors.VersionUnknown] = StatusCodes.Status404NotFound,
    };
}
