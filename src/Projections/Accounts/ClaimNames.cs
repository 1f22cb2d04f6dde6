using EventSourced.Domain.Accounts;
using EventSourced.Domain.Accounts.Users;

namespace EventSourced.Projections.Accounts;

/// <summary>The kinds of names in <c>es.subject_index</c>.</summary>
public static class NameKinds
{
    public const string Login = "login";
    public const string Mail = "mail";
}

/// <summary>Claims the new user's names in the transaction that registers it; a refusal gives them back.</summary>
public static class RegisterUserHandler
{
    public static async Task<ClaimedNames> LoadAsync(RegisterUser command, IDocumentSession session, CancellationToken token) => new(
        await session.ClaimAsync(NameKinds.Login, command.LoginDigest, command.UserId.StreamKey, token),
        command.MailDigest is null || await session.ClaimAsync(NameKinds.Mail, command.MailDigest, command.UserId.StreamKey, token));
}

/// <inheritdoc cref="RegisterUserHandler"/>
public static class CreateFirstAdministratorHandler
{
    public static async Task<ClaimedNames> LoadAsync(CreateFirstAdministrator command, IDocumentSession session, CancellationToken token) =>
        new(await session.ClaimAsync(NameKinds.Login, command.LoginDigest, command.UserId.StreamKey, token), Mail: true);
}

internal static class NameClaims
{
    // Waits for another transaction that claims the same name, and then sees its end.
    private const string Sql =
        "with claimed as (insert into es.subject_index(kind, digest, subject) values (?, ?, ?) on conflict do nothing returning 1 as n) select n from claimed";

    public static async Task<bool> ClaimAsync(this IDocumentSession session, string kind, byte[] digest, string subject, CancellationToken token)
    {
        await session.BeginTransactionAsync(token);
        return (await session.QueryAsync<int>(Sql, token, kind, digest, subject)).Count == 1;
    }
}
