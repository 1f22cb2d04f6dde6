namespace EventSourced.Domain.Accounts.ApiKeys;

/// <summary>Whether the principal that a key is for is gone for good, while nobody else sends it away.</summary>
public sealed record KeyHolder(bool IsGone);
