namespace EventSourced.Domain.Accounts.Users;

public interface IUserEvent
{
    UserId UserId { get; }
}

/// <param name="UserId">Drawn by the caller; the number outside APIs know the user by.</param>
/// <param name="Login">What the user is called in other programs.</param>
/// <param name="Mail">Null when none is known.</param>
/// <param name="DisplayName">Null when none is known.</param>
public sealed record UserRegistered(UserId UserId, SealedText Login, SealedText? Mail, SealedText? DisplayName) : IUserEvent;

public sealed record UserRoleGranted(UserId UserId, string Role) : IUserEvent;

public sealed record UserRoleRevoked(UserId UserId, string Role) : IUserEvent;

public sealed record UserDeactivated(UserId UserId) : IUserEvent;

public sealed record UserReactivated(UserId UserId) : IUserEvent;

/// <param name="UserId">Whose.</param>
/// <param name="PasswordSecret">The kept secret that holds the password's hash.</param>
public sealed record UserPasswordSet(UserId UserId, Guid PasswordSecret) : IUserEvent;

/// <summary>The personal fields of the user were made unreadable for ever.</summary>
public sealed record UserErased(UserId UserId) : IUserEvent;
