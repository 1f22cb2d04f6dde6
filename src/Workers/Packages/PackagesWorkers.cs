using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Beholder;
using EventSourced.Workers.Adapters.Files;
using EventSourced.Workers.Packages.Artifacts;
using EventSourced.Workers.Packages.Lists;
using EventSourced.Workers.Packages.Logs;
using EventSourced.Workers.Packages.Releases;
using EventSourced.Workers.Packages.Reports;
using EventSourced.Workers.Packages.Repositories;
using EventSourced.Workers.Packages.Signing;
using EventSourced.Workers.Packages.Silence;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages;

public static class PackagesWorkers
{
    /// <summary>What the area's handlers need, beside the store, the bus and the artifact store.</summary>
    public static IServiceCollection AddPackagesWorkers(this IServiceCollection services)
    {
        services.AddOptions<VerificationOptions>()
            .BindConfiguration("Verification")
            .PostConfigure<IConfiguration>((options, configuration) => options.WorkPath =
                Path.GetFullPath(options.WorkPath is { Length: > 0 } path ? path : Path.Combine(configuration["Data:Path"] ?? ".data", "verify")))
            .ValidateDataAnnotations()
            .ValidateOnStart();

        services.AddOptions<AutomaticSigningOptions>().BindConfiguration("AutomaticSigning");
        services.AddOptions<AutomaticReleaseOptions>().BindConfiguration("AutomaticRelease").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<PublicKeys>().AddSingleton<SignatureInspection>();
        return services.AddBeholder().AddRepositoryPublishing().AddSingleton<PackageFiles>().AddSingleton<ReportInspection>().AddScoped<MultilibSearch>();
    }

    /// <summary>What the area does without being asked; part of the role <c>effects</c>.</summary>
    public static IServiceCollection AddPackagesLoops(this IServiceCollection services)
    {
        services.AddAbandonedWork(provider => provider.GetRequiredService<IOptions<PublishingOptions>>().Value.WorkPath);
        services.AddAbandonedWork(provider => provider.GetRequiredService<IOptions<VerificationOptions>>().Value.WorkPath);
        services.AddSingleton<RunningLogs>();
        services.AddSingleton<ArtifactCollection>().AddHostedService(provider => provider.GetRequiredService<ArtifactCollection>());
        services.AddSingleton<BuildCountSums>().AddHostedService(provider => provider.GetRequiredService<BuildCountSums>());
        services.AddSingleton<SilentBuildTasks>().AddHostedService(provider => provider.GetRequiredService<SilentBuildTasks>());
        services.AddSingleton<SilentSignTasks>().AddHostedService(provider => provider.GetRequiredService<SilentSignTasks>());
        return services.AddSingleton<BuildLogArchive>().AddHostedService(provider => provider.GetRequiredService<BuildLogArchive>());
    }
}
