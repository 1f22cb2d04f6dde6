using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventSourced.ServiceDefaults.Postgres;

/// <summary>Looks every second whether the embedded server lives, and brings it back when it was killed.</summary>
internal sealed class PostgresKeeper(EmbeddedPostgres postgres, TimeProvider time, ILogger<PostgresKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (!stoppingToken.IsCancellationRequested && await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (postgres.IsRunning)
                continue;

            logger.ServerGone();
            try
            {
                await postgres.ReviveAsync(logger, stoppingToken);
                logger.ServerBack();
            }
            catch (Exception e) when (e is ConfigurationException or CommandFailedException)
            {
                logger.ServerStaysAway(e.Message);
            }
        }
    }
}
