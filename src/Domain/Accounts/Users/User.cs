namespace EventSourced.Domain.Accounts.Users;

/// <summary>A person or program that signs in.</summary>
public sealed record User(string Id, UserId UserId, UserStatus Status, IReadOnlyList<string> Roles, Guid? PasswordSecret)
{
    public static User Create(UserRegistered e) => new(e.UserId.StreamKey, e.UserId, UserStatus.Active, [], PasswordSecret: null);

    public User Apply(UserRoleGranted e) => this with { Roles = [.. Roles, e.Role] };

    public User Apply(UserRoleRevoked e) => this with { Roles = [.. Roles.Where(r => r != e.Role)] };

    public User Apply(UserDeactivated _) => this with { Status = UserStatus.Deactivated };

    public User Apply(UserReactivated _) => this with { Status = UserStatus.Active };

    public User Apply(UserPasswordSet e) => this with { PasswordSecret = e.PasswordSecret };

    public User Apply(UserErased _) => this with { Status = UserStatus.Erased, PasswordSecret = null };
}

public enum UserStatus
{
    Active,
    Deactivated,
    Erased,
}
