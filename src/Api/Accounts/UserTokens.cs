using EventSourced.Api.Hosting.Authentication;
using EventSourced.Domain.Accounts;
using EventSourced.Domain.Accounts.ApiKeys;

namespace EventSourced.Api.Accounts;

/// <summary>Hands out JSON web tokens. Each is recorded as a key of its user before anybody sees it: the log tells of it, and it is listed and revoked like one.</summary>
public sealed class UserTokens(IMessageBus bus, JsonWebTokens tokens, TimeProvider time)
{
    /// <param name="userId">Whose; active.</param>
    /// <param name="label">What it is for.</param>
    /// <param name="lifetime">Until it expires.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<TokenResponse> IssueAsync(int userId, string label, TimeSpan lifetime, CancellationToken ct)
    {
        var (key, expires) = (new ApiKeyId(Guid.CreateVersion7()), DateTimeOffset.FromUnixTimeSeconds((time.GetUtcNow() + lifetime).ToUnixTimeSeconds()));
        var token = tokens.Issue(userId, key, expires);
        await bus.InvokeAsync(new IssueApiKey(key, new UserId(userId).StreamKey, label, PrincipalDirectory.DigestOf(token), [], expires), ct);
        return new TokenResponse(token, userId, expires);
    }
}
