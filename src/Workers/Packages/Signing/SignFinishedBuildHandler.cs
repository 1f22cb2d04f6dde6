using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Signing;
using EventSourced.Projections;
using EventSourced.Projections.Packages;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Signing;

/// <summary>Asks for a finished build to be signed where that is wanted and possible; a build with nothing to sign is no error.</summary>
public static class SignFinishedBuildHandler
{
    public static async Task<RequestSignTask?> HandleAsync(
        SignFinishedBuild message, IQuerySession session, IOptions<AutomaticSigningOptions> options, ILogger<SignFinishedBuild> logger, CancellationToken cancellation)
    {
        if (options.Value is not { Enabled: true, Key: { Length: > 0 } called })
            return null;

        if (await session.ActiveSignKeyAsync(called, cancellation) is not { } key)
        {
            logger.AutomaticKeyUnknown(message.BuildId.Value, called);
            return null;
        }

        var facts = await session.SignRequestFactsAsync(message.BuildId, new(key.Number), cancellation);
        return facts is { IsSigned: false, HasPackages: true }
            ? new RequestSignTask(await session.NextIdAsync<SignTaskId>(cancellation), message.BuildId, new(key.Number), MayUseKeys: true)
            : null;
    }
}
