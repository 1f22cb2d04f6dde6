using EventSourced.Domain.Accounts.ApiKeys;
using EventSourced.Domain.Accounts.Users;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Api.Hosting.Errors;

/// <summary>Refusal codes of decisions that are neither a plain 404 nor a plain 409 in our own API.</summary>
internal static class OwnRefusals
{
    public static readonly IReadOnlyDictionary<string, int> Statuses = new Dictionary<string, int>
    {
        [UserErrors.UnknownRole] = StatusCodes.Status400BadRequest,
        [ApiKeyErrors.UnknownScope] = StatusCodes.Status400BadRequest,
        [ApiKeyErrors.Expired] = StatusCodes.Status400BadRequest,
        [SignTaskErrors.NeverHeld] = StatusCodes.Status403Forbidden,
        [BuildTaskErrors.NeverHeld] = StatusCodes.Status403Forbidden,
        [RepositoryErrors.VersionUnknown] = StatusCodes.Status404NotFound,
    };
}
