namespace EventSourced.Domain.Accounts.Users;

public static class UserErrors
{
    public const string Unknown = "user.unknown";
    public const string LoginTaken = "user.login_taken";
    public const string MailTaken = "user.mail_taken";
    public const string UnknownRole = "user.unknown_role";
    public const string LastAdministrator = "user.last_administrator";
    public const string Erased = "user.erased";
}
