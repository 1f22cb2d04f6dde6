using EventSourced.Domain.Accounts;
using EventSourced.Domain.Accounts.ApiKeys;
using EventSourced.Domain.Accounts.Users;

namespace EventSourced.Domain.Tests.Accounts;

public sealed class CreateFirstAdministratorTests
{
    [Fact]
    public void User_role_and_key_are_recorded_together()
    {
        var (user, login, key) = (new UserId(1), new SealedText("v1.admin"), new ApiKeyId(Guid.CreateVersion7()));

        When(() => CreateFirstAdministratorHandler.Handle(new(user, login, [1], key, "ab12"))).Then(
            new NewStream<User>("user-1", [new UserRegistered(user, login, null, null), new UserRoleGranted(user, Roles.Administrator)]),
            new NewStream<ApiKey>(key.StreamKey, [new ApiKeyIssued(key, "user-1", "first administrator", "ab12", [], ExpiresAt: null)]));
    }
}
