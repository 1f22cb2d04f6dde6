using EventSourced.Domain.Accounts.Users;
using static EventSourced.Domain.Tests.Accounts.Users.UserHistory;

namespace EventSourced.Domain.Tests.Accounts.Users;

public sealed class DeactivateUserTests
{
    private static readonly DeactivateUser Deactivate = new(Ann);

    [Fact]
    public void A_user_is_deactivated() =>
        Given<User>(Registered, MadeAdministrator).When(user => DeactivateUserHandler.Handle(Deactivate, user, OneOther)).Then(Deactivated);

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<User>(Registered, Deactivated).When(user => DeactivateUserHandler.Handle(Deactivate, user, OneOther)).ThenNothing();

    [Fact]
    public void The_last_administrator_stays_active() =>
        Given<User>(Registered, MadeAdministrator).When(user => DeactivateUserHandler.Handle(Deactivate, user, NoOther))
            .ThenRefused(UserErrors.LastAdministrator);

    [Fact]
    public void An_unknown_user_is_refused() =>
        Given<User>().When(user => DeactivateUserHandler.Handle(Deactivate, user, OneOther)).ThenRefused(UserErrors.Unknown);

    [Fact]
    public void An_erased_user_is_refused() =>
        Given<User>(Registered, Erased).When(user => DeactivateUserHandler.Handle(Deactivate, user, OneOther)).ThenRefused(UserErrors.Erased);
}

public sealed class ReactivateUserTests
{
    [Fact]
    public void A_deactivated_user_is_let_in_again() =>
        Given<User>(Registered, Deactivated).When(user => ReactivateUserHandler.Handle(new(Ann), user)).Then(Reactivated);

    [Fact]
    public void An_active_user_stays_as_it_is() =>
        Given<User>(Registered, Deactivated, Reactivated).When(user => ReactivateUserHandler.Handle(new(Ann), user)).ThenNothing();

    [Fact]
    public void An_erased_user_never_comes_back() =>
        Given<User>(Registered, Erased).When(user => ReactivateUserHandler.Handle(new(Ann), user)).ThenRefused(UserErrors.Erased);

    [Fact]
    public void An_unknown_user_is_refused() =>
        Given<User>().When(user => ReactivateUserHandler.Handle(new(Ann), user)).ThenRefused(UserErrors.Unknown);
}

public sealed class EraseUserTests
{
    [Fact]
    public void A_user_is_erased() => Given<User>(Registered).When(user => EraseUserHandler.Handle(new(Ann), user, NoOther)).Then(Erased);

    [Fact]
    public void A_second_time_nothing_happens() => Given<User>(Registered, Erased).When(user => EraseUserHandler.Handle(new(Ann), user, NoOther)).ThenNothing();

    [Fact]
    public void The_last_administrator_stays() =>
        Given<User>(Registered, MadeAdministrator).When(user => EraseUserHandler.Handle(new(Ann), user, NoOther)).ThenRefused(UserErrors.LastAdministrator);

    [Fact]
    public void An_unknown_user_is_refused() => Given<User>().When(user => EraseUserHandler.Handle(new(Ann), user, NoOther)).ThenRefused(UserErrors.Unknown);
}

public sealed class SetUserPasswordTests
{
    private static readonly SetUserPassword Set = new(Ann, Guid.CreateVersion7());

    [Fact]
    public void The_password_is_replaced() =>
        Given<User>(Registered, new UserPasswordSet(Ann, Guid.CreateVersion7())).When(user => SetUserPasswordHandler.Handle(Set, user))
            .Then(new UserPasswordSet(Ann, Set.PasswordSecret));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<User>(Registered, new UserPasswordSet(Ann, Set.PasswordSecret)).When(user => SetUserPasswordHandler.Handle(Set, user)).ThenNothing();

    [Fact]
    public void An_unknown_user_is_refused() => Given<User>().When(user => SetUserPasswordHandler.Handle(Set, user)).ThenRefused(UserErrors.Unknown);

    [Fact]
    public void An_erased_user_is_refused() =>
        Given<User>(Registered, Erased).When(user => SetUserPasswordHandler.Handle(Set, user)).ThenRefused(UserErrors.Erased);
}
