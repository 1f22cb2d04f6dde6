namespace EventSourced.Domain.Accounts.Users;

/// <summary>Refuses all credentials of a user until it is reactivated.</summary>
/// <param name="UserId">Whose.</param>
/// <param name="OtherAdministrators">How many other active administrators there are.</param>
public sealed record DeactivateUser(UserId UserId, int OtherAdministrators);

public static class DeactivateUserHandler
{
    public static IReadOnlyList<IUserEvent> Handle(DeactivateUser command, User? user)
    {
        var changing = UserRules.Changeable(user, command.UserId);
        if (changing.Status is UserStatus.Deactivated)
            return [];

        UserRules.CheckAdministratorRemains(changing, command.OtherAdministrators);
        return [new UserDeactivated(command.UserId)];
    }
}
