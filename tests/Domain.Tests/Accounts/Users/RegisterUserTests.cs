using EventSourced.Domain.Accounts;
using EventSourced.Domain.Accounts.Users;
using static EventSourced.Domain.Tests.Accounts.Users.UserHistory;

namespace EventSourced.Domain.Tests.Accounts.Users;

public sealed class RegisterUserTests
{
    private static readonly ClaimedNames Both = new(Login: true, Mail: true);
    private static readonly RegisterUser Plain = new(Ann, Login, null, null, [Roles.Builder], [1], null, null);

    [Fact]
    public void A_user_is_registered_with_its_roles_each_granted_once() =>
        When(() => RegisterUserHandler.Handle(Plain with { Roles = [Roles.Builder, Roles.Auditor, Roles.Builder] }, Both))
            .Then(new NewStream<User>("user-7", [Registered, new UserRoleGranted(Ann, Roles.Builder), new UserRoleGranted(Ann, Roles.Auditor)]));

    [Fact]
    public void With_a_password_the_event_names_only_the_secret_that_holds_its_hash()
    {
        var secret = Guid.CreateVersion7();
        When(() => RegisterUserHandler.Handle(Plain with { PasswordSecret = secret }, Both))
            .Then(new NewStream<User>("user-7", [Registered, new UserRoleGranted(Ann, Roles.Builder), new UserPasswordSet(Ann, secret)]));
    }

    [Fact]
    public void A_taken_login_name_is_refused() =>
        When(() => RegisterUserHandler.Handle(Plain, Both with { Login = false })).ThenRefused(UserErrors.LoginTaken);

    [Fact]
    public void A_taken_mail_address_is_refused() =>
        When(() => RegisterUserHandler.Handle(Plain, Both with { Mail = false })).ThenRefused(UserErrors.MailTaken);

    [Fact]
    public void An_unknown_role_is_refused() =>
        When(() => RegisterUserHandler.Handle(Plain with { Roles = ["emperor"] }, Both)).ThenRefused(UserErrors.UnknownRole);
}
