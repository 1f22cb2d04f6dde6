using EventSourced.Projections.Packages;
using Npgsql;

namespace EventSourced.Workers.Packages.Lists;

/// <summary>Adds up what builds count for, each minute, so that a list's total is a sum of few rows.</summary>
public sealed class BuildCountSums(IDocumentStore documents, TimeProvider time, ILogger<BuildCountSums> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    public async Task AddUpAsync(CancellationToken cancellation)
    {
        await using var session = documents.LightweightSession();
        await session.AddUpBuildCountsAsync(cancellation);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await AddUpAsync(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                logger.AddingUpFailed(e); // the next minute does it again
            }
        }
    }
}
