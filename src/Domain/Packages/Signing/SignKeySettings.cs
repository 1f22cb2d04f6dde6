namespace EventSourced.Domain.Packages.Signing;

/// <summary>What is said about a sign key; null is "not given".</summary>
public sealed record SignKeySettings
{
    public string? Name { get; init; }
    public string? Description { get; init; }

    /// <summary>The last 16 hex digits of the fingerprint, as sign nodes name the key.</summary>
    public string? KeyId { get; init; }

    /// <summary>40 hex digits.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Where clients find the public key: absolute, or a path of ours that begins with a slash.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>The public key itself, armored; null when it is only at <see cref="PublicUrl"/>.</summary>
    public string? PublicKey { get; init; }

    public IReadOnlyList<PlatformId>? Platforms { get; init; }

    public static SignKeySettings None { get; } = new();

    /// <summary>These settings with every given one of <paramref name="changes"/> in place.</summary>
    public SignKeySettings With(SignKeySettings changes) => new()
    {
        Name = changes.Name ?? Name,
        Description = changes.Description ?? Description,
        KeyId = changes.KeyId ?? KeyId,
        Fingerprint = changes.Fingerprint ?? Fingerprint,
        PublicUrl = changes.PublicUrl ?? PublicUrl,
        PublicKey = changes.PublicKey ?? PublicKey,
        Platforms = changes.Platforms ?? Platforms,
    };

    /// <summary>Of <paramref name="wanted"/> only what is given and differs from these settings.</summary>
    public SignKeySettings ChangesTo(SignKeySettings wanted) => new()
    {
        Name = Changed(Name, wanted.Name),
        Description = Changed(Description, wanted.Description),
        KeyId = Changed(KeyId, wanted.KeyId),
        Fingerprint = Changed(Fingerprint, wanted.Fingerprint),
        PublicUrl = Changed(PublicUrl, wanted.PublicUrl),
        PublicKey = Changed(PublicKey, wanted.PublicKey),
        Platforms = wanted.Platforms is null || Platforms?.SequenceEqual(wanted.Platforms) is true ? null : wanted.Platforms,
    };

    private static string? Changed(string? current, string? wanted) => current == wanted ? null : wanted;
}
