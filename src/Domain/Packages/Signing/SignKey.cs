namespace EventSourced.Domain.Packages.Signing;

/// <summary>A key that packages can be signed with.</summary>
public sealed record SignKey(string Id, SignKeyId SignKeyId, SignKeySettings Settings, bool IsArchived)
{
    public static SignKey Create(SignKeyRegistered e) => new(e.SignKeyId.StreamKey, e.SignKeyId, e.Settings, IsArchived: false);

    public SignKey Apply(SignKeyChanged e) => this with { Settings = Settings.With(e.Changes) };

    public SignKey Apply(SignKeyArchived _) => this with { IsArchived = true };
}

/// <summary>Whether another key has this key id or fingerprint, while nobody else registers or changes one.</summary>
public sealed record SignKeyNames(bool AreTaken);
