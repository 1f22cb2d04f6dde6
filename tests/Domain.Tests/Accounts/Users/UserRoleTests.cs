using EventSourced.Domain.Accounts;
using EventSourced.Domain.Accounts.Users;
using static EventSourced.Domain.Tests.Accounts.Users.UserHistory;

namespace EventSourced.Domain.Tests.Accounts.Users;

public sealed class GrantUserRoleTests
{
    private static readonly GrantUserRole Grant = new(Ann, Roles.Auditor);

    [Fact]
    public void A_role_is_granted() =>
        Given<User>(Registered).When(user => GrantUserRoleHandler.Handle(Grant, user)).Then(new UserRoleGranted(Ann, Roles.Auditor));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<User>(Registered, new UserRoleGranted(Ann, Roles.Auditor)).When(user => GrantUserRoleHandler.Handle(Grant, user)).ThenNothing();

    [Fact]
    public void An_unknown_role_is_refused() =>
        Given<User>(Registered).When(user => GrantUserRoleHandler.Handle(Grant with { Role = "emperor" }, user)).ThenRefused(UserErrors.UnknownRole);

    [Fact]
    public void An_unknown_user_is_refused() =>
        Given<User>().When(user => GrantUserRoleHandler.Handle(Grant, user)).ThenRefused(UserErrors.Unknown);

    [Fact]
    public void An_erased_user_is_refused() =>
        Given<User>(Registered, Erased).When(user => GrantUserRoleHandler.Handle(Grant, user)).ThenRefused(UserErrors.Erased);
}

public sealed class RevokeUserRoleTests
{
    private static readonly RevokeUserRole Revoke = new(Ann, Roles.Administrator);

    [Fact]
    public void A_role_is_taken_away() =>
        Given<User>(Registered, MadeAdministrator).When(user => RevokeUserRoleHandler.Handle(Revoke, user, OneOther))
            .Then(new UserRoleRevoked(Ann, Roles.Administrator));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<User>(Registered, MadeAdministrator, new UserRoleRevoked(Ann, Roles.Administrator))
            .When(user => RevokeUserRoleHandler.Handle(Revoke, user, OneOther)).ThenNothing();

    [Fact]
    public void The_last_administrator_keeps_the_role() =>
        Given<User>(Registered, MadeAdministrator).When(user => RevokeUserRoleHandler.Handle(Revoke, user, NoOther))
            .ThenRefused(UserErrors.LastAdministrator);

    [Fact]
    public void Another_role_of_the_last_administrator_may_go() =>
        Given<User>(Registered, MadeAdministrator, new UserRoleGranted(Ann, Roles.Auditor))
            .When(user => RevokeUserRoleHandler.Handle(new(Ann, Roles.Auditor), user, NoOther))
            .Then(new UserRoleRevoked(Ann, Roles.Auditor));

    [Fact]
    public void An_unknown_user_is_refused() =>
        Given<User>().When(user => RevokeUserRoleHandler.Handle(Revoke, user, OneOther)).ThenRefused(UserErrors.Unknown);
}
