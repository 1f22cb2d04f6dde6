using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Projections.Packages;
using Npgsql;

namespace EventSourced.Workers.Packages.Silence;

/// <summary>Asks for the tasks of silent nodes back, each second; whether the task still wants it is decided by the task.</summary>
public sealed class SilentBuildTasks(IServiceScopeFactory scopes, TimeProvider time, ILogger<SilentBuildTasks> logger) : BackgroundService
{
    private const int AtOnce = 200;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1), Cleaning = TimeSpan.FromMinutes(1);

    /// <summary>One look: whose lease has run out returns to the queue.</summary>
    /// <returns>How many were asked for.</returns>
    public async Task<int> SweepAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var session = scope.ServiceProvider.GetRequiredService<IQuerySession>();
        var silent = await session.TakeExpiredLeasesAsync(time.GetUtcNow(), AtOnce, cancellation);
        foreach (var task in silent)
            await RequeueAsync(task, cancellation);

        return silent.Count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var cleaned = time.GetUtcNow();
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await SweepAsync(stoppingToken) is AtOnce)
                {
                }

                if (time.GetUtcNow() - cleaned >= Cleaning)
                {
                    await CleanAsync(stoppingToken);
                    cleaned = time.GetUtcNow();
                }
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or ConcurrencyException)
            {
                logger.SweepFailed(e); // the next look does it again
            }
        }
    }

    private async Task RequeueAsync(RequeueSilentBuildTask task, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<MessageContext>();
        context.UserName = "system";
        await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync(task, cancellation);
        logger.TaskRequeued(task.BuildTaskId.Value, task.Attempt);
    }

    private async Task CleanAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IDocumentSession>().RemoveEndedLeasesAsync(time.GetUtcNow(), cancellation);
    }
}
