using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Projections.Packages;

/// <summary>A sign key as it stands.</summary>
/// <param name="Id">Its stream key.</param>
/// <param name="Number">The id the outside knows.</param>
/// <param name="Settings">All that was said about it.</param>
/// <param name="InsertedAt">When it was registered.</param>
/// <param name="ArchivedAt">When it was taken out of use; null while it is active.</param>
public sealed record SignKeyDetails(string Id, int Number, SignKeySettings Settings, DateTimeOffset InsertedAt, DateTimeOffset? ArchivedAt);

public sealed partial class SignKeyDetailsProjection : SingleStreamProjection<SignKeyDetails, string>
{
    public static SignKeyDetails Create(IEvent<SignKeyRegistered> e) =>
        new(e.Data.SignKeyId.StreamKey, e.Data.SignKeyId.Value, e.Data.Settings, e.Timestamp, ArchivedAt: null);

    public static SignKeyDetails Apply(SignKeyChanged e, SignKeyDetails view) => view with { Settings = view.Settings.With(e.Changes) };

    public static SignKeyDetails Apply(IEvent<SignKeyArchived> e, SignKeyDetails view) => view with { ArchivedAt = e.Timestamp };
}

public static class SignKeyQueries
{
    /// <summary>All keys, by id.</summary>
    public static Task<IReadOnlyList<SignKeyDetails>> SignKeysAsync(this IQuerySession session, CancellationToken token) =>
        session.QueryAsync<SignKeyDetails>("order by (data ->> 'Number')::int", token);

    /// <summary>The key of this id, in any case; null when there is none.</summary>
    public static async Task<SignKeyDetails?> SignKeyOfIdAsync(this IQuerySession session, string keyId, CancellationToken token) =>
        await session.QueryAsync<SignKeyDetails>("where upper(data #>> '{Settings,KeyId}') = upper(?)", token, keyId) is [var key] ? key : null;

    /// <summary>The id of the key that a sign task asks for.</summary>
    public static async Task<string> KeyIdOfTaskAsync(this IQuerySession session, SignTaskId task, CancellationToken token) =>
        (await session.QueryAsync<string>(
            """
            select k.data #>> '{Settings,KeyId}' from mt_doc_signtaskdetails t join mt_doc_signkeydetails k on k.id = 'sign_key-' || (t.data ->> 'SignKeyId')
            where t.id = ?
            """,
            token, task.StreamKey))[0];

    /// <summary>The active key with this key id, fingerprint or name, the newest of several; null when there is none.</summary>
    public static async Task<SignKeyDetails?> ActiveSignKeyAsync(this IQuerySession session, string called, CancellationToken token) =>
        await session.QueryAsync<SignKeyDetails>(
            """
            where data ->> 'ArchivedAt' is null
                and (upper(?) in (upper(data #>> '{Settings,KeyId}'), upper(data #>> '{Settings,Fingerprint}')) or data #>> '{Settings,Name}' = ?)
            order by (data ->> 'Number')::int desc limit 1
            """,
            token, called, called) is [var key] ? key : null;
}
