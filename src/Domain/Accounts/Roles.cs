namespace EventSourced.Domain.Accounts;

/// <summary>What a principal is. Texts are stored in events.</summary>
public static class Roles
{
    /// <summary>May do everything.</summary>
    public const string Administrator = "administrator";

    /// <summary>Creates and changes builds, platforms, repositories.</summary>
    public const string Builder = "builder";

    /// <summary>Reads every event and every stream's state.</summary>
    public const string Auditor = "auditor";

    /// <summary>Takes tasks and reports on them.</summary>
    public const string Node = "node";

    /// <summary>Asks for builds to be signed.</summary>
    public const string Signer = "signer";

    public static readonly IReadOnlyList<string> All = [Administrator, Builder, Auditor, Node, Signer];
}

/// <summary>What a credential may do at most, whatever its principal's roles.</summary>
public static class Scopes
{
    public const string Administration = "administration";
    public const string Build = "build";
    public const string Audit = "audit";
    public const string Node = "node";

    /// <summary>Asks for signatures, or makes them.</summary>
    public const string Sign = "sign";

    public static readonly IReadOnlyList<string> All = [Administration, Build, Audit, Node, Sign];
}
