namespace EventSourced.Domain.Accounts.Users;

/// <summary>Gives a user another password.</summary>
/// <param name="UserId">Whose.</param>
/// <param name="PasswordSecret">The kept secret with the new password's hash.</param>
public sealed record SetUserPassword(UserId UserId, Guid PasswordSecret);

public static class SetUserPasswordHandler
{
    public static IReadOnlyList<IUserEvent> Handle(SetUserPassword command, User? user) =>
        UserRules.Changeable(user, command.UserId).PasswordSecret == command.PasswordSecret
            ? []
            : [new UserPasswordSet(command.UserId, command.PasswordSecret)];
}
