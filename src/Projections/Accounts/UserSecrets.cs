using EventSourced.Domain.Accounts;
using EventSourced.Domain.Accounts.Users;

namespace EventSourced.Projections.Accounts;

/// <summary>The secret of the password that another one replaces goes in the transaction that records it: nothing can be cut off in between.</summary>
public static class SetUserPasswordHandler
{
    public static Task LoadAsync(SetUserPassword command, IDocumentSession session, CancellationToken token) =>
        session.DeleteReplacedPasswordAsync(command.UserId, command.PasswordSecret, token);
}

/// <summary>What makes a user's personal fields readable, and the password, go in the transaction that records it; also when the same is asked once more.</summary>
public static class EraseUserHandler
{
    public static async Task<OtherAdministrators> LoadAsync(EraseUser command, IDocumentSession session, CancellationToken token)
    {
        var others = await session.OtherAdministratorsAsync(command.UserId, token);
        await session.DeleteSecretsAsync(command.UserId, token);
        return others;
    }
}

internal static class UserSecrets
{
    private const string Hold = "select 1 from public.mt_streams where id = ? for no key update";

    private const string ReplacedPassword = """
        with gone as (delete from es.secrets where id = (select password_secret from es.users where id = ? and password_secret <> ?) returning 1 as n)
        select n from gone
        """;

    private const string Everything = """
        with password as (delete from es.secrets where id = (select password_secret from es.users where id = ?)),
            names as (delete from es.subject_index where subject = ?),
            gone as (delete from es.subject_keys where subject = ? returning 1 as n)
        select n from gone
        """;

    public static async Task DeleteReplacedPasswordAsync(this IDocumentSession session, UserId user, Guid kept, CancellationToken token)
    {
        await session.HoldAsync(user, token);
        await session.QueryAsync<int>(ReplacedPassword, token, user.Value, kept);
    }

    public static async Task DeleteSecretsAsync(this IDocumentSession session, UserId user, CancellationToken token)
    {
        await session.HoldAsync(user, token);
        await session.QueryAsync<int>(Everything, token, user.Value, user.StreamKey, user.StreamKey);
    }

    // Who changes the password at the same time waits; the statements behind the lock then see what that one left.
    private static async Task HoldAsync(this IDocumentSession session, UserId user, CancellationToken token)
    {
        await session.BeginTransactionAsync(token);
        await session.QueryAsync<int>(Hold, token, user.StreamKey);
    }
}
