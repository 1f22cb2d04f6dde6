using System.Threading.RateLimiting;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Hosting.Requests;

/// <summary>
/// How fast one client may ask: each principal has its own share, and those without credential have one by address (see <see cref="ClientAddress"/>). It is there
/// so that one client that runs wild leaves the others their turn, not to ration anybody.
/// </summary>
internal static class RequestRate
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    public static IServiceCollection AddRequestRate(this IServiceCollection services)
    {
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<RequestLimits>>((options, limits) =>
        {
            options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            options.OnRejected = TellAsync;
            options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(
                context => RateLimitPartition.GetTokenBucketLimiter(ClientOf(context), _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = limits.Value.RequestBurst,
                    TokensPerPeriod = limits.Value.RequestsPerSecond,
                    ReplenishmentPeriod = Period,
                    QueueLimit = 0,
                }));
        });
        return services.AddRateLimiter(_ => { });
    }

    private static string ClientOf(HttpContext context) =>
        CurrentPrincipal.Of(context)?.Key ?? $"address {ClientAddress.SlotOf(context.Connection.RemoteIpAddress)}";

    private static ValueTask TellAsync(OnRejectedContext rejected, CancellationToken ct)
    {
        var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var given) ? given : Period;
        rejected.HttpContext.Features.Set(new Failure(StatusCodes.Status429TooManyRequests, "rate.limited", "Too many requests; wait.") { RetryAfter = wait });
        return ValueTask.CompletedTask;
    }
}
