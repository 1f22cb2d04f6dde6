using EventSourced.Api.Hosting;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Packages.Dialects.Albs;
using EventSourced.Api.Packages.Dialects.Pulp;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.ServiceDefaults.Beholder;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Packages;

public static class PackagesSetup
{
    public static IServiceCollection AddPackages(this IServiceCollection services)
    {
        services.AddOptions<PackagesOptions>().BindConfiguration("Packages").ValidateDataAnnotations().ValidateOnStart();
        services.AddArtifactStore().AddBeholder();
        services.AddSingleton<ContentUrls>().AddSingleton<RunningLogs>().AddSingleton<BuildLogs>().AddSingleton<BuildTaskArrivals>().AddSingleton<NodeTaskReads>();
        services.AddHostedService(provider => provider.GetRequiredService<BuildTaskArrivals>());
        services.AddSingleton<PublishedBuilds>().AddScoped<BuildAnswers>().AddScoped<BuildRequests>().AddScoped<BuildCancellation>().AddScoped<RepeatedClaims>().AddScoped<NodeTasks>().AddScoped<SignTasks>().AddScoped<SignedFiles>();
        services.AddSingleton<ChangeFeed>().AddScoped<ReleaseCommits>().AddScoped<ReleasePlans>().AddScoped<ReleaseAnswers>();
        return services.AddOpenApiDocument(AlbsDialect.Dialect).AddOpenApiDocument(PulpDialect.Dialect);
    }

    public static IEndpointRouteBuilder MapPackages(this IEndpointRouteBuilder routes)
    {
        routes.MapDialect(AlbsDialect.Dialect, "/api/v1").MapPlatforms().MapRepositories().MapBuilds().MapBuildNodes().MapSignKeys().MapSignTasks().MapCommunityKeys()
            .MapReleases().MapProducts().MapUnoffered();
        routes.MapDialect(OwnDialect.Dialect, "/api").MapOwnBuilds().MapBuildTasks().MapSigning().MapOwnReleases().MapRepositoryEvents().MapOwnRepositories();
        return routes.MapPulp();
    }

    private static IEndpointRouteBuilder MapPulp(this IEndpointRouteBuilder routes)
    {
        var artifacts = routes.ServiceProvider.GetRequiredService<IOptions<ArtifactOptions>>().Value;
        routes.MapDialect(PulpDialect.Dialect, "/pulp/content").MapContent().MapSignContent();
        if (artifacts.Mode is ArtifactMode.Builtin)
        {
            var api = routes.MapDialect(PulpDialect.Dialect, "/pulp/api/v3");
            api.RequireAuthorization(Policies.Uploader);
            api.MapArtifacts().MapUploads(artifacts.MaxChunkBytes);
        }

        return routes;
    }
}
