namespace EventSourced.Api.Accounts;

internal static partial class Log
{
    [LoggerMessage(1101, LogLevel.Information, "The first administrator is {Principal}; its key is in admin.key of the data folder, or was given by the environment.")]
    public static partial void FirstAdministratorCreated(ILogger logger, string principal);

    [LoggerMessage(1102, LogLevel.Information, "{Principal} is the local {Node} node; its token is in the data folder.")]
    public static partial void LocalNodeRegistered(ILogger logger, string principal, string node);
}
