using System.Net;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>What a client sees of a host that was killed or could not do it now.</summary>
internal static class Outage
{
    public static bool Is(HttpStatusCode status) => status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests;

    public static bool Is(Exception exception, CancellationToken token) => exception switch
    {
        HttpRequestException { StatusCode: { } status } => Is(status),
        HttpRequestException or IOException => true,
        OperationCanceledException => !token.IsCancellationRequested,
        _ => false,
    };
}
