using EventSourced.Domain.Accounts;
using EventSourced.Domain.Accounts.Users;

namespace EventSourced.Projections.Accounts;

/// <summary>Whoever may take an administrator away counts the others first, one after another: two that go at the same time would each see the other one stay.</summary>
public static class RevokeUserRoleHandler
{
    public static Task<OtherAdministrators> LoadAsync(RevokeUserRole command, IDocumentSession session, CancellationToken token) =>
        session.OtherAdministratorsAsync(command.UserId, token);
}

/// <inheritdoc cref="RevokeUserRoleHandler"/>
public static class DeactivateUserHandler
{
    public static Task<OtherAdministrators> LoadAsync(DeactivateUser command, IDocumentSession session, CancellationToken token) =>
        session.OtherAdministratorsAsync(command.UserId, token);
}

internal static class AdministratorCount
{
    private const string Turn = "select 1 from pg_advisory_xact_lock(hashtextextended('eventsourced.administrators', 0))";

    // A statement of its own behind the lock, so that it sees what the one before committed.
    private const string Count = "select count(*)::int from es.users where active and ? = any(roles) and id <> ?";

    public static async Task<OtherAdministrators> OtherAdministratorsAsync(this IDocumentSession session, UserId user, CancellationToken token)
    {
        await session.BeginTransactionAsync(token);
        await session.QueryAsync<int>(Turn, token);
        return new((await session.QueryAsync<int>(Count, token, Roles.Administrator, user.Value))[0]);
    }
}
