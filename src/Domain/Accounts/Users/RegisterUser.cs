namespace EventSourced.Domain.Accounts.Users;

/// <summary>Makes a user with its first roles.</summary>
/// <param name="UserId">Drawn by the caller.</param>
/// <param name="Login">Sealed under the user's own key.</param>
/// <param name="Mail">Likewise; null when none is known.</param>
/// <param name="DisplayName">Likewise.</param>
/// <param name="Roles">What the user is.</param>
/// <param name="LoginOwner">Principal key of whoever has the login name in the index of logins: this user when it was free.</param>
/// <param name="MailOwner">Likewise for the mail address; null without one.</param>
/// <param name="PasswordSecret">The kept secret with the password's hash; null for a user without password.</param>
public sealed record RegisterUser(
    UserId UserId, SealedText Login, SealedText? Mail, SealedText? DisplayName, IReadOnlyList<string> Roles, string LoginOwner, string? MailOwner, Guid? PasswordSecret);

public static class RegisterUserHandler
{
    public static NewStream<User> Handle(RegisterUser command)
    {
        if (command.LoginOwner != command.UserId.StreamKey)
            throw new RuleViolationException(UserErrors.LoginTaken, "The login name is taken.");

        if (command.MailOwner is { } owner && owner != command.UserId.StreamKey)
            throw new RuleViolationException(UserErrors.MailTaken, "The mail address belongs to another user.");

        foreach (var role in command.Roles)
            UserRules.CheckRole(role);

        return new NewStream<User>(command.UserId.StreamKey,
        [
            new UserRegistered(command.UserId, command.Login, command.Mail, command.DisplayName),
            .. command.Roles.Distinct().Select(role => new UserRoleGranted(command.UserId, role)),
            .. command.PasswordSecret is { } secret ? [new UserPasswordSet(command.UserId, secret)] : Array.Empty<object>(),
        ]);
    }
}
