namespace EventSourced.Domain.Accounts.ApiKeys;

/// <summary>A secret text that stands for a principal.</summary>
public sealed record ApiKey(string Id, ApiKeyId ApiKeyId, string Principal, string Digest, bool IsRevoked)
{
    public static ApiKey Create(ApiKeyIssued e) => new(e.ApiKeyId.StreamKey, e.ApiKeyId, e.Principal, e.Digest, IsRevoked: false);

    public ApiKey Apply(ApiKeyRevoked _) => this with { IsRevoked = true };
}
