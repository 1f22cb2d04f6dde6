using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace EventSourced.ServiceDefaults.Artifacts;

public static class ArtifactRegistration
{
    public static IServiceCollection AddArtifactStore(this IServiceCollection services)
    {
        services.AddOptions<ArtifactOptions>()
            .BindConfiguration("Artifacts")
            .PostConfigure<IConfiguration>((options, configuration) =>
            {
                if (options.Path.Length is 0)
                    options.Path = Path.Combine(configuration["Data:Path"] ?? ".data", "artifacts");
            })
            .ValidateDataAnnotations()
            .ValidateOnStart();

        services.AddSingleton<IArtifactStore>(provider =>
            new FileArtifactStore(provider.GetRequiredService<IOptions<ArtifactOptions>>().Value.Path, provider.GetService<TimeProvider>() ?? TimeProvider.System));
        return services;
    }
}
