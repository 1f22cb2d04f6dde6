using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Projections.Packages;

/// <summary>Whoever registers or changes a key looks for others of its names first, one after another: two at the same time would each find none.</summary>
public static class RegisterSignKeyHandler
{
    public static async Task<SignKeyNames> LoadAsync(RegisterSignKey command, IDocumentSession session, CancellationToken token) =>
        new(await session.AreTakenAsync(command.SignKeyId, command.Settings, token), AreAwaited: false);
}

/// <inheritdoc cref="RegisterSignKeyHandler"/>
public static class ChangeSignKeyHandler
{
    public static async Task<SignKeyNames> LoadAsync(ChangeSignKey command, IDocumentSession session, CancellationToken token)
    {
        if (command.Changes is { KeyId: null, Fingerprint: null })
            return new(AreTaken: false, AreAwaited: false);

        var areTaken = await session.AreTakenAsync(command.SignKeyId, command.Changes, token);
        await session.HoldSignKeyAloneAsync(command.SignKeyId, token);
        return new(areTaken, AreAwaited: await session.OpenSignTasksAsync(command.SignKeyId, token) is not []);
    }
}

internal static class SignKeyNamesSearch
{
    private const string Turn = "select 1 from pg_advisory_xact_lock(hashtextextended('eventsourced.sign-keys', 0))";

    // A statement of its own behind the lock, so that it sees what the one before committed.
    private const string Taken = """
        select exists (select from mt_doc_signkeydetails where id <> ?
            and (upper(data #>> '{Settings,KeyId}') = upper(?) or upper(data #>> '{Settings,Fingerprint}') = upper(?)))
        """;

    public static async Task<bool> AreTakenAsync(this IDocumentSession session, SignKeyId key, SignKeySettings names, CancellationToken token)
    {
        await session.BeginTransactionAsync(token);
        await session.QueryAsync<int>(Turn, token);
        return (await session.QueryAsync<bool>(Taken, token, key.StreamKey, names.KeyId ?? "", names.Fingerprint ?? ""))[0];
    }
}
