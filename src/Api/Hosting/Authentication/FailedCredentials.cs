using System.Net;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Hosting.Authentication;

/// <summary>
/// Counts failed credentials by address and by the principal they name, in the slots of <see cref="ClientAddress"/>. It only decides how a <b>failed</b>
/// credential is answered (401 or 429) and whether a password is looked at. What is being looked at counts as failed until it is known not to be, so that
/// requests at the same time have no more failures than one after another.
/// </summary>
public sealed class FailedCredentials(IOptions<AccessOptions> options) : IDisposable
{
    private readonly Lock turn = new();
    private readonly Dictionary<int, int> looking = [];
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

    /// <summary>Before a password is looked at. Not null: there were too many failures, those that others look at now included, and this is how long to wait.</summary>
    /// <remarks>When it returns null, <see cref="End"/> has to follow, after <see cref="Record"/> when the password was wrong.</remarks>
    public TimeSpan? Begin(IPAddress? address, string principal)
    {
        int[] slots = [ClientAddress.SlotOf(address), ClientAddress.SlotOf("principal", principal)];
        lock (turn)
        {
            if (slots.Any(slot => limiter.GetStatistics(slot)?.CurrentAvailablePermits <= looking.GetValueOrDefault(slot)))
                return options.Value.ForgivenEvery;

            foreach (var slot in slots)
                looking[slot] = looking.GetValueOrDefault(slot) + 1;
        }

        return null;
    }

    /// <summary>The password has been looked at.</summary>
    public void End(IPAddress? address, string principal)
    {
        lock (turn)
        {
            foreach (var slot in (int[])[ClientAddress.SlotOf(address), ClientAddress.SlotOf("principal", principal)])
            {
                if (--looking[slot] == 0)
                    looking.Remove(slot);
            }
        }
    }

    public void Dispose() => limiter.Dispose();

    private static TimeSpan? Slowest(IPAddress? address, string? principal, Func<int, TimeSpan?> waitOf)
    {
        var byAddress = waitOf(ClientAddress.SlotOf(address));
        var byPrincipal = principal is null ? null : waitOf(ClientAddress.SlotOf("principal", principal));
        return byAddress is null || byPrincipal > byAddress ? byPrincipal : byAddress;
    }
}
