namespace EventSourced.Domain.Accounts.ApiKeys;

public static class ApiKeyErrors
{
    public const string Unknown = "api_key.unknown";
    public const string UnknownScope = "api_key.unknown_scope";
    public const string Expired = "api_key.expired";
    public const string Exists = "api_key.exists";
    public const string HolderGone = "api_key.holder_gone";
}
