namespace EventSourced.Domain.Accounts.Users;

/// <summary>Takes a role away.</summary>
/// <param name="UserId">Whose.</param>
/// <param name="Role">Which.</param>
public sealed record RevokeUserRole(UserId UserId, string Role);

public static class RevokeUserRoleHandler
{
    public static IReadOnlyList<IUserEvent> Handle(RevokeUserRole command, User? user, OtherAdministrators others)
    {
        var changing = UserRules.Changeable(user, command.UserId);
        if (!changing.Roles.Contains(command.Role))
            return [];

        if (command.Role == Roles.Administrator)
            UserRules.CheckAdministratorRemains(changing, others);

        return [new UserRoleRevoked(command.UserId, command.Role)];
    }
}
