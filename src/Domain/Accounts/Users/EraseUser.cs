namespace EventSourced.Domain.Accounts.Users;

/// <summary>Ends a user for good. The caller then deletes the user's key, which makes the personal fields unreadable; repeating both is harmless.</summary>
/// <param name="UserId">Whom.</param>
/// <param name="OtherAdministrators">How many other active administrators there are.</param>
public sealed record EraseUser(UserId UserId, int OtherAdministrators);

public static class EraseUserHandler
{
    public static IReadOnlyList<IUserEvent> Handle(EraseUser command, User? user)
    {
        if (user is { Status: UserStatus.Erased })
            return [];

        UserRules.CheckAdministratorRemains(UserRules.Changeable(user, command.UserId), command.OtherAdministrators);
        return [new UserErased(command.UserId)];
    }
}
