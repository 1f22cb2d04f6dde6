using System.Net;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Hosting.Authentication;

/// <summary>
/// Counts failed credentials by address and by the principal they name, in the slots of <see cref="ClientAddress"/>. It only decides how a <b>failed</b>
/// credential is answered (401 or 429) and whether a password is looked at.
/// </summary>
public sealed class FailedCredentials(IOptions<AccessOptions> options) : IDisposable
{
    private readonly PartitionedRateLimiter<int> limiter = PartitionedRateLimiter.Create<int, int>(slot =>
        RateLimitPartition.GetTokenBucketLimiter(slot, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.Value.FailedCredentials,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = options.Value.ForgivenEvery,
            QueueLimit = 0,
        }));

    /// <summary>Records a failure. Not null: there were too many, and this is how long to wait.</summary>
    public TimeSpan? Record(IPAddress? address, string? principal) => Slowest(address, principal, slot =>
    {
        using var lease = limiter.AttemptAcquire(slot);
        return lease.IsAcquired ? null : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : options.Value.ForgivenEvery;
    });

    /// <summary>Not null: there were too many already, and this is how long to wait.</summary>
    public TimeSpan? Peek(IPAddress? address, string? principal) => Slowest(address, principal, slot =>
        limiter.GetStatistics(slot) is { CurrentAvailablePermits: 0 } ? options.Value.ForgivenEvery : null);

    public void Dispose() => limiter.Dispose();

    private static TimeSpan? Slowest(IPAddress? address, string? principal, Func<int, TimeSpan?> waitOf)
    {
        var byAddress = waitOf(ClientAddress.SlotOf(address));
        var byPrincipal = principal is null ? null : waitOf(ClientAddress.SlotOf("principal", principal));
        return byAddress is null || byPrincipal > byAddress ? byPrincipal : byAddress;
    }
}
