using EventSourced.Domain.Accounts.ApiKeys;
using EventSourced.Domain.Accounts.Users;

namespace EventSourced.Domain.Accounts;

/// <summary>Lets somebody in at the very first start.</summary>
/// <param name="UserId">Drawn by the caller, who knows that there is no user yet.</param>
/// <param name="Login">Sealed under the user's own key.</param>
/// <param name="LoginDigest">Keyed digest of the login name.</param>
/// <param name="ApiKeyId">Drawn by the caller.</param>
/// <param name="Digest">SHA-256 of the key, lower-case hex.</param>
public sealed record CreateFirstAdministrator(UserId UserId, SealedText Login, byte[] LoginDigest, ApiKeyId ApiKeyId, string Digest);

public static class CreateFirstAdministratorHandler
{
    public static IReadOnlyList<NewStream> Handle(CreateFirstAdministrator command) =>
    [
        new NewStream<User>(command.UserId.StreamKey,
        [
            new UserRegistered(command.UserId, command.Login, Mail: null, DisplayName: null),
            new UserRoleGranted(command.UserId, Roles.Administrator),
        ]),
        new NewStream<ApiKey>(command.ApiKeyId.StreamKey,
        [
            new ApiKeyIssued(command.ApiKeyId, command.UserId.StreamKey, "first administrator", command.Digest, Scopes: [], ExpiresAt: null),
        ]),
    ];
}
