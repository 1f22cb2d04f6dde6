using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Hosting.Authentication;

/// <summary>
/// Counts failed credentials by address and by the principal they name. Memory is bounded: both fall into a fixed number of slots by a hash that differs
/// in every process, so nobody can aim at another's slot. It only decides how a <b>failed</b> credential is answered (401 or 429) and whether a password is looked at.
/// </summary>
public sealed class FailedCredentials(IOptions<AccessOptions> options) : IDisposable
{
    private const int Slots = 4096;

    private readonly PartitionedRateLimiter<int> limiter = PartitionedRateLimiter.Create<int, int>(slot =>
        RateLimitPartition.GetTokenBucketLimiter(slot, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.Value.FailedCredentials,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = options.Value.ForgivenEvery,
            QueueLimit = 0,
        }));

    /// <summary>Records a failure. Not null: there were too many, and this is how long to wait.</summary>
    public TimeSpan? Record(IPAddress? address, string? principal) => Longest(address, principal, permits: 1);

    /// <summary>Not null: there were too many already, and this is how long to wait.</summary>
    public TimeSpan? Peek(IPAddress? address, string? principal) => Longest(address, principal, permits: 0);

    public void Dispose() => limiter.Dispose();

    private TimeSpan? Longest(IPAddress? address, string? principal, int permits)
    {
        var byAddress = Wait(HashCode.Combine("address", Network(address)), permits);
        var byPrincipal = principal is null ? null : Wait(HashCode.Combine("principal", principal), permits);
        return byAddress is null || byPrincipal > byAddress ? byPrincipal : byAddress;
    }

    private TimeSpan? Wait(int hash, int permits)
    {
        using var lease = limiter.AttemptAcquire((int)((uint)hash % Slots), permits);
        return lease.IsAcquired ? null : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : options.Value.ForgivenEvery;
    }

    /// <summary>An IPv6 client owns its whole /64.</summary>
    private static string Network(IPAddress? address) => address switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)),
        _ => address.ToString(),
    };
}
