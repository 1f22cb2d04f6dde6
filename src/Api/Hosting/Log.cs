namespace EventSourced.Api.Hosting;

internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Error, "{Method} {Path} failed.")]
    public static partial void RequestFailed(ILogger logger, string method, string path, Exception exception);
}
