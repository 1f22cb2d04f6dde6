using EventSourced.Domain.Accounts.Users;

namespace EventSourced.Projections.Accounts;

/// <summary>One row a user: who may come in, as what, and the sealed fields the API opens to show it.</summary>
public sealed partial class UserTable : EventProjection
{
    internal const string Sql = """

        create table if not exists es.users (
            id integer primary key,
            key text not null unique,
            active boolean not null,
            erased boolean not null,
            roles text[] not null,
            login text not null,
            mail text,
            display_name text,
            password_secret uuid,
            created_at timestamptz not null);

        """;

    public UserTable() => Options.DeleteDataInTableOnTeardown("es.users");

    public static void Project(IEvent<UserRegistered> e, IDocumentOperations operations) => operations.QueueSqlCommand(
        """
        insert into es.users(id, key, active, erased, roles, login, mail, display_name, created_at)
        values (?, ?, true, false, '{}', ?, nullif(?, ''), nullif(?, ''), ?)
        """,
        e.Data.UserId.Value, e.Data.UserId.StreamKey, e.Data.Login.Value, e.Data.Mail?.Value ?? "", e.Data.DisplayName?.Value ?? "", e.Timestamp);

    public static void Project(UserRoleGranted e, IDocumentOperations operations) =>
        operations.QueueSqlCommand("update es.users set roles = array_append(roles, ?) where id = ?", e.Role, e.UserId.Value);

    public static void Project(UserRoleRevoked e, IDocumentOperations operations) =>
        operations.QueueSqlCommand("update es.users set roles = array_remove(roles, ?) where id = ?", e.Role, e.UserId.Value);

    public static void Project(UserDeactivated e, IDocumentOperations operations) =>
        operations.QueueSqlCommand("update es.users set active = false where id = ?", e.UserId.Value);

    public static void Project(UserReactivated e, IDocumentOperations operations) =>
        operations.QueueSqlCommand("update es.users set active = true where id = ?", e.UserId.Value);

    public static void Project(UserPasswordSet e, IDocumentOperations operations) =>
        operations.QueueSqlCommand("update es.users set password_secret = ? where id = ?", e.PasswordSecret, e.UserId.Value);

    public static void Project(UserErased e, IDocumentOperations operations) =>
        operations.QueueSqlCommand("update es.users set active = false, erased = true, password_secret = null where id = ?", e.UserId.Value);
}
