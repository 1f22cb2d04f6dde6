namespace EventSourced.Domain.Accounts.Users;

/// <summary>Lets a user be one thing more.</summary>
public sealed record GrantUserRole(UserId UserId, string Role);

public static class GrantUserRoleHandler
{
    public static IReadOnlyList<IUserEvent> Handle(GrantUserRole command, User? user)
    {
        UserRules.CheckRole(command.Role);
        var changing = UserRules.Changeable(user, command.UserId);
        return changing.Roles.Contains(command.Role) ? [] : [new UserRoleGranted(command.UserId, command.Role)];
    }
}
