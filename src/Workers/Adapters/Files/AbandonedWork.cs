namespace EventSourced.Workers.Adapters.Files;

/// <summary>Removes what killed processes left in a parent of <see cref="WorkFolder"/>s: at the start, and every few seconds what was still being written to then.</summary>
public sealed class AbandonedWork(string parent, TimeProvider time, ILogger<AbandonedWork> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var said = "";
        do
        {
            try
            {
                WorkFolder.RemoveAbandoned(parent);
                said = "";
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (e.Message != said)
                    log.WorkSweepFailed(said = e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}

public static class AbandonedWorkRegistration
{
    /// <param name="services">Of a host that works in such folders.</param>
    /// <param name="parent">Where they are.</param>
    public static IServiceCollection AddAbandonedWork(this IServiceCollection services, Func<IServiceProvider, string> parent) =>
        services.AddSingleton<IHostedService>(provider => new AbandonedWork( // AddHostedService keeps only one of a type
            parent(provider), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<AbandonedWork>>()));
}
