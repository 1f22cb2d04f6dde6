using EventSourced.Domain.Accounts.ApiKeys;

namespace EventSourced.Projections.Accounts;

/// <summary>
/// A key is not given to who is gone. Its stream is held until the key is recorded: who retires a node at the same time waits, and then finds the key among those to revoke.
/// </summary>
public static class IssueApiKeyHandler
{
    private const string Hold = "select 1 from public.mt_streams where id = ? for share";

    // A statement of its own behind the lock, so that it sees what the one before committed.
    private const string Gone = "select exists (select from public.mt_doc_nodedetails where id = ? and data ->> 'RetiredAt' is not null)";

    public static async Task<KeyHolder> LoadAsync(IssueApiKey command, IDocumentSession session, CancellationToken token)
    {
        await session.BeginTransactionAsync(token);
        await session.QueryAsync<int>(Hold, token, command.Principal);
        return new((await session.QueryAsync<bool>(Gone, token, command.Principal))[0]);
    }
}
