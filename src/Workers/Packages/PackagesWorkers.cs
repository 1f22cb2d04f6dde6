using EventSourced.Projections.Packages;
using EventSourced.Workers.Packages.Logs;
using EventSourced.Workers.Packages.Reports;
using EventSourced.Workers.Packages.Repositories;
using EventSourced.Workers.Packages.Silence;

namespace EventSourced.Workers.Packages;

public static class PackagesWorkers
{
    /// <summary>The role <c>effects</c> of the packages area: what its handlers need, and its loops. Needs the store, the bus and the artifact store.</summary>
    public static IServiceCollection AddPackagesWorkers(this IServiceCollection services)
    {
        services.AddOptions<VerificationOptions>()
            .BindConfiguration("Verification")
            .PostConfigure<IConfiguration>((options, configuration) => options.WorkPath =
                Path.GetFullPath(options.WorkPath is { Length: > 0 } path ? path : Path.Combine(configuration["Data:Path"] ?? ".data", "verify")))
            .ValidateDataAnnotations()
            .ValidateOnStart();

        services.AddRepositoryPublishing();
        services.AddSingleton<PackageFiles>().AddSingleton<ReportInspection>().AddSingleton<RunningLogs>();
        services.AddSingleton<SilentBuildTasks>().AddHostedService(provider => provider.GetRequiredService<SilentBuildTasks>());
        services.AddSingleton<BuildLogArchive>().AddHostedService(provider => provider.GetRequiredService<BuildLogArchive>());
        return services;
    }
}
