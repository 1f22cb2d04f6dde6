using EventSourced.Domain.Accounts;
using EventSourced.Domain.Accounts.Users;

namespace EventSourced.Domain.Tests.Accounts.Users;

/// <summary>The words these tests tell a user's history in.</summary>
internal static class UserHistory
{
    public static readonly UserId Ann = new(7);

    public static readonly SealedText Login = new("v1.login");

    public static readonly UserRegistered Registered = new(Ann, Login, null, null);

    public static readonly UserRoleGranted MadeAdministrator = new(Ann, Roles.Administrator);

    public static readonly UserDeactivated Deactivated = new(Ann);

    public static readonly UserReactivated Reactivated = new(Ann);

    public static readonly OtherAdministrators NoOther = new(0), OneOther = new(1);

    public static readonly UserErased Erased = new(Ann);
}
