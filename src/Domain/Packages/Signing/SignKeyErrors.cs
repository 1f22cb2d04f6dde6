namespace EventSourced.Domain.Packages.Signing;

public static class SignKeyErrors
{
    public const string Unknown = "sign_key.unknown";

    /// <summary>Another key has the key id or the fingerprint.</summary>
    public const string Known = "sign_key.known";

    /// <summary>Sign tasks wait for it by the names that were to change.</summary>
    public const string InUse = "sign_key.in_use";

    /// <summary>It is archived.</summary>
    public const string Inactive = "sign_key.inactive";

    /// <summary>Who asks may not use it.</summary>
    public const string NotAllowed = "sign_key.not_allowed";
}
