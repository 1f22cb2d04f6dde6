namespace EventSourced.Domain.Accounts.Users;

/// <summary>Lets a deactivated user in again.</summary>
public sealed record ReactivateUser(UserId UserId);

public static class ReactivateUserHandler
{
    public static IReadOnlyList<IUserEvent> Handle(ReactivateUser command, User? user) =>
        UserRules.Changeable(user, command.UserId).Status is UserStatus.Active ? [] : [new UserReactivated(command.UserId)];
}
