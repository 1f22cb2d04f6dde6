namespace EventSourced.Domain.Packages.Signing;

/// <summary>A key that packages can be signed with.</summary>
public sealed record SignKey(string Id, SignKeyId SignKeyId, SignKeySettings Settings, bool IsArchived)
{
    public static SignKey Create(SignKeyRegistered e) => new(e.SignKeyId.StreamKey, e.SignKeyId, e.Settings, IsArchived: false);

    public SignKey Apply(SignKeyChanged e) => this with { Settings = Settings.With(e.Changes) };

    public SignKey Apply(SignKeyArchived _) => this with { IsArchived = true };
}

/// <summary>What is known of a key's id and fingerprint, while nobody else registers or changes one, or asks for signatures with it.</summary>
/// <param name="AreTaken">Whether another key has one of them.</param>
/// <param name="AreAwaited">Whether sign tasks have not ended: they were asked for by these names, and are handed out and compared by them.</param>
public sealed record SignKeyNames(bool AreTaken, bool AreAwaited);
