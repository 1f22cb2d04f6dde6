namespace EventSourced.Domain.Accounts.Users;

/// <summary>Ends a user for good. With it go the user's key, which makes the personal fields unreadable, and the password; repeating it is harmless.</summary>
public sealed record EraseUser(UserId UserId);

public static class EraseUserHandler
{
    public static IReadOnlyList<IUserEvent> Handle(EraseUser command, User? user, OtherAdministrators others)
    {
        if (user is { Status: UserStatus.Erased })
            return [];

        UserRules.CheckAdministratorRemains(UserRules.Changeable(user, command.UserId), others);
        return [new UserErased(command.UserId)];
    }
}
