namespace EventSourced.Domain.Accounts.ApiKeys;

/// <summary>Gives a principal a key; the key itself stays with whoever asked.</summary>
/// <param name="ApiKeyId">Drawn by the caller.</param>
/// <param name="Principal">Whose: <c>user-7</c>, <c>node-3</c>; exists.</param>
/// <param name="Label">What it is for.</param>
/// <param name="Digest">SHA-256 of the key, lower-case hex.</param>
/// <param name="Scopes">What it may do at most; empty is everything the principal may.</param>
/// <param name="ExpiresAt">Null is never.</param>
public sealed record IssueApiKey(ApiKeyId ApiKeyId, string Principal, string Label, string Digest, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt);

public static class IssueApiKeyHandler
{
    public static IReadOnlyList<IApiKeyEvent> Handle(IssueApiKey command, ApiKey? key, KeyHolder holder, DateTimeOffset now)
    {
        // The same id and digest is the same request once more.
        if (key is not null)
            return key.Digest == command.Digest ? [] : throw new RuleViolationException(ApiKeyErrors.Exists, "Another key has this id.");

        if (holder.IsGone)
            throw new RuleViolationException(ApiKeyErrors.HolderGone, $"{command.Principal} is retired.");

        if (command.Scopes.Where(s => !Scopes.All.Contains(s)).ToList() is [var unknown, ..])
            throw new RuleViolationException(ApiKeyErrors.UnknownScope, $"There is no scope '{unknown}'; there are {string.Join(", ", Scopes.All)}.");

        if (command.ExpiresAt <= now)
            throw new RuleViolationException(ApiKeyErrors.Expired, "The key would have expired already.");

        return [new ApiKeyIssued(command.ApiKeyId, command.Principal, command.Label, command.Digest, [.. command.Scopes.Distinct()], command.ExpiresAt)];
    }
}
