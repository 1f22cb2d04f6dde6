using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Projections.Packages;

/// <summary>Whoever registers or changes a key looks for others of its names first, one after another: two at the same time would each find none.</summary>
public static class RegisterSignKeyHandler
{
    public static Task<SignKeyNames> LoadAsync(RegisterSignKey command, IDocumentSession session, CancellationToken token) =>
        session.NamesOfOthersAsync(command.SignKeyId, command.Settings, token);
}

/// <inheritdoc cref="RegisterSignKeyHandler"/>
public static class ChangeSignKeyHandler
{
    public static Task<SignKeyNames> LoadAsync(ChangeSignKey command, IDocumentSession session, CancellationToken token) =>
        session.NamesOfOthersAsync(command.SignKeyId, command.Changes, token);
}

internal static class SignKeyNamesSearch
{
    private const string Turn = "select 1 from pg_advisory_xact_lock(hashtextextended('eventsourced.sign-keys', 0))";

    // A statement of its own behind the lock, so that it sees what the one before committed.
    private const string Taken = """
        select exists (select from mt_doc_signkeydetails where id <> ?
            and (upper(data #>> '{Settings,KeyId}') = upper(?) or upper(data #>> '{Settings,Fingerprint}') = upper(?)))
        """;

    public static async Task<SignKeyNames> NamesOfOthersAsync(this IDocumentSession session, SignKeyId key, SignKeySettings names, CancellationToken token)
    {
        if (names is { KeyId: null, Fingerprint: null })
            return new(AreTaken: false);

        await session.BeginTransactionAsync(token);
        await session.QueryAsync<int>(Turn, token);
        return new((await session.QueryAsync<bool>(Taken, token, key.StreamKey, names.KeyId ?? "", names.Fingerprint ?? ""))[0]);
    }
}
