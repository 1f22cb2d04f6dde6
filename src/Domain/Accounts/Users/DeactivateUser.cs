namespace EventSourced.Domain.Accounts.Users;

/// <summary>Refuses all credentials of a user until it is reactivated.</summary>
public sealed record DeactivateUser(UserId UserId);

public static class DeactivateUserHandler
{
    public static IReadOnlyList<IUserEvent> Handle(DeactivateUser command, User? user, OtherAdministrators others)
    {
        var changing = UserRules.Changeable(user, command.UserId);
        if (changing.Status is UserStatus.Deactivated)
            return [];

        UserRules.CheckAdministratorRemains(changing, others);
        return [new UserDeactivated(command.UserId)];
    }
}
