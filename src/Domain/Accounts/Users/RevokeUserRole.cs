namespace EventSourced.Domain.Accounts.Users;

/// <summary>Takes a role away.</summary>
/// <param name="UserId">Whose.</param>
/// <param name="Role">Which.</param>
/// <param name="OtherAdministrators">How many other active administrators there are.</param>
public sealed record RevokeUserRole(UserId UserId, string Role, int OtherAdministrators);

public static class RevokeUserRoleHandler
{
    public static IReadOnlyList<IUserEvent> Handle(RevokeUserRole command, User? user)
    {
        var changing = UserRules.Changeable(user, command.UserId);
        if (!changing.Roles.Contains(command.Role))
            return [];

        if (command.Role == Roles.Administrator)
            UserRules.CheckAdministratorRemains(changing, command.OtherAdministrators);

        return [new UserRoleRevoked(command.UserId, command.Role)];
    }
}
