namespace EventSourced.Domain.Accounts.ApiKeys;

public interface IApiKeyEvent
{
    ApiKeyId ApiKeyId { get; }
}

/// <param name="ApiKeyId">Names the key; not a secret.</param>
/// <param name="Principal">Whose key: <c>user-7</c>, <c>node-3</c>.</param>
/// <param name="Label">What it is for, in the owner's words.</param>
/// <param name="Digest">SHA-256 of the key in lower-case hex. The key is 256 random bits, so its digest tells nothing.</param>
/// <param name="Scopes">What it may do at most; empty is everything the principal may.</param>
/// <param name="ExpiresAt">Null is never.</param>
public sealed record ApiKeyIssued(
    ApiKeyId ApiKeyId, string Principal, string Label, string Digest, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt) : IApiKeyEvent;

public sealed record ApiKeyRevoked(ApiKeyId ApiKeyId) : IApiKeyEvent;
