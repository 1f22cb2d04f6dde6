namespace EventSourced.Workers.Packages.Signing;

/// <summary>Section <c>AutomaticSigning</c>: builds of the built-in product are signed when they finish with at least one completed task.</summary>
public sealed class AutomaticSigningOptions
{
    /// <summary>The off switch.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The key: the key id, fingerprint or name of a registered one. Without it nothing is signed by itself.</summary>
    public string Key { get; init; } = "";
}
