using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Projections.Packages;

/// <summary>Nothing is handed out for an archived key.</summary>
public static class ClaimSignTaskHandler
{
    public static Task<SignTaskKey> LoadAsync(ClaimSignTask command, IDocumentSession session, CancellationToken token) =>
        session.HoldSignTaskKeyAsync(command.SignTaskId, token);
}

/// <summary>What is reported once a key is archived does not count.</summary>
public static class FinishSignTaskHandler
{
    public static Task<SignTaskKey> LoadAsync(FinishSignTask command, IDocumentSession session, CancellationToken token) =>
        session.HoldSignTaskKeyAsync(command.SignTaskId, token);
}

/// <summary>
/// Whoever does something with a key holds its stream until that is recorded: who archives or renames the key at the same time waits, and then finds what was recorded.
/// </summary>
internal static class SignTaskKeys
{
    private const string KeyOf = "select 'sign_key-' || (data ->> 'SignKeyId') from mt_doc_signtaskdetails where id = ?";

    private const string Hold = "select 1 from public.mt_streams where id = ? for share";

    private const string HoldAlone = "select 1 from public.mt_streams where id = ? for no key update";

    private const string HoldOfTask = $"select 1 from public.mt_streams where id = ({KeyOf}) for share";

    // A statement of its own behind the lock, so that it sees what the one before committed.
    private const string Archived = $"select exists (select from mt_doc_signkeydetails where id = ({KeyOf}) and data ->> 'ArchivedAt' is not null)";

    public static async Task<SignTaskKey> HoldSignTaskKeyAsync(this IDocumentSession session, SignTaskId task, CancellationToken token)
    {
        await session.BeginTransactionAsync(token);
        await session.QueryAsync<int>(HoldOfTask, token, task.StreamKey);
        return new((await session.QueryAsync<bool>(Archived, token, task.StreamKey))[0]);
    }

    public static Task HoldSignKeyAsync(this IDocumentSession session, SignKeyId key, CancellationToken token) => session.HoldAsync(Hold, key, token);

    /// <summary>Waits for all who hold it, and they wait for us.</summary>
    public static Task HoldSignKeyAloneAsync(this IDocumentSession session, SignKeyId key, CancellationToken token) => session.HoldAsync(HoldAlone, key, token);

    private static async Task HoldAsync(this IDocumentSession session, string sql, SignKeyId key, CancellationToken token)
    {
        await session.BeginTransactionAsync(token);
        await session.QueryAsync<int>(sql, token, key.StreamKey);
    }
}
