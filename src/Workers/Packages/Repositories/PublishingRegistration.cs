using EventSourced.Workers.Adapters.Signing;

namespace EventSourced.Workers.Packages.Repositories;

public static class PublishingRegistration
{
    /// <summary>What the effect <see cref="PublishRepositoryHandler"/> needs.</summary>
    public static IServiceCollection AddRepositoryPublishing(this IServiceCollection services)
    {
        services.AddOptions<SigningOptions>()
            .BindConfiguration("Signing")
            .PostConfigure<IConfiguration>((options, configuration) => options.Home = Below(options.Home, "gnupg", configuration))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddOptions<PublishingOptions>()
            .BindConfiguration("Publishing")
            .PostConfigure<IConfiguration>((options, configuration) => options.WorkPath = Path.GetFullPath(Below(options.WorkPath, "publish", configuration)))
            .ValidateDataAnnotations()
            .ValidateOnStart();

        return services.AddSingleton<ISigner, GpgSigner>().AddSingleton<AptIndex>().AddSingleton<RpmIndex>();
    }

    private static string Below(string path, string name, IConfiguration configuration) =>
        path.Length > 0 ? path : Path.Combine(configuration["Data:Path"] ?? ".data", name);
}
