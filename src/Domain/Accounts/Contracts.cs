namespace EventSourced.Domain.Accounts;

/// <summary>A principal of another area is gone for good, and with it the keys that stood for it.</summary>
/// <param name="Principal">Whose keys: <c>node-3</c>.</param>
public sealed record RevokeKeysOf(string Principal);
