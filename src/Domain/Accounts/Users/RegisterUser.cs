namespace EventSourced.Domain.Accounts.Users;

/// <summary>Makes a user with its first roles.</summary>
/// <param name="UserId">Drawn by the caller.</param>
/// <param name="Login">Sealed under the user's own key.</param>
/// <param name="Mail">Likewise; null when none is known.</param>
/// <param name="DisplayName">Likewise.</param>
/// <param name="Roles">What the user is.</param>
/// <param name="LoginDigest">Keyed digest of the login name, by which it is found and kept unique; never in an event.</param>
/// <param name="MailDigest">Likewise of the mail address; null without one.</param>
/// <param name="PasswordSecret">The kept secret with the password's hash; null for a user without password.</param>
public sealed record RegisterUser(
    UserId UserId, SealedText Login, SealedText? Mail, SealedText? DisplayName, IReadOnlyList<string> Roles, byte[] LoginDigest, byte[]? MailDigest,
    Guid? PasswordSecret);

/// <summary>Whether the names of a new user were free; they are claimed in the transaction that registers it.</summary>
public sealed record ClaimedNames(bool Login, bool Mail);

public static class RegisterUserHandler
{
    public static NewStream<User> Handle(RegisterUser command, ClaimedNames claimed)
    {
        if (!claimed.Login)
            throw new RuleViolationException(UserErrors.LoginTaken, "The login name is taken.");

        if (!claimed.Mail)
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
