namespace EventSourced.Domain.Accounts.ApiKeys;

/// <summary>Ends a key for good.</summary>
public sealed record RevokeApiKey(ApiKeyId ApiKeyId);

public static class RevokeApiKeyHandler
{
    public static IReadOnlyList<IApiKeyEvent> Handle(RevokeApiKey command, ApiKey? key)
    {
        if (key is null)
            throw new RuleViolationException(ApiKeyErrors.Unknown, $"There is no {command.ApiKeyId.StreamKey}.");

        return key.IsRevoked ? [] : [new ApiKeyRevoked(command.ApiKeyId)];
    }
}
