using EventSourced.Domain.Packages.Signing;
using EventSourced.Projections.Packages;
using Npgsql;

namespace EventSourced.Workers.Packages.Signing;

/// <summary>Asks for the tasks of silent sign nodes back, each second; whether the task still wants it is decided by the task.</summary>
public sealed class SilentSignTasks(IServiceScopeFactory scopes, TimeProvider time, ILogger<SilentSignTasks> logger) : BackgroundService
{
    private const int AtOnce = 200;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>One look: whose lease has run out returns to the queue.</summary>
    public async Task SweepAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var session = scope.ServiceProvider.GetRequiredService<IDocumentSession>();
        foreach (var task in await session.ExpiredSignLeasesAsync(time.GetUtcNow(), AtOnce, cancellation))
            await RequeueAsync(task, cancellation);

        await session.RemoveEndedSignLeasesAsync(time.GetUtcNow(), cancellation);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or ConcurrencyException)
            {
                logger.SweepFailed(e); // the next look does it again
            }
        }
    }

    private async Task RequeueAsync(RequeueSilentSignTask task, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<MessageContext>();
        context.UserName = "system";
        await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync(task, cancellation);
        logger.SignTaskRequeued(task.SignTaskId.Value, task.Attempt);
    }
}
