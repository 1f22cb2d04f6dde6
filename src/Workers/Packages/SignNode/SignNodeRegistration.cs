using EventSourced.Workers.Adapters.Files;
using EventSourced.Workers.Packages.Nodes;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.SignNode;

public static class SignNodeRegistration
{
    /// <summary>The role <c>sign</c>. It needs the public API and nothing else of ours.</summary>
    public static IServiceCollection AddSignNode(this IServiceCollection services)
    {
        services.AddOptions<SignNodeOptions>()
            .BindConfiguration("SignNode")
            .PostConfigure<IConfiguration>(SetDefaults)
            .ValidateDataAnnotations()
            .ValidateOnStart();

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<SignMaster>().AddSingleton<SecretKeys>();
        services.AddSingleton(provider => new SignRun(
            provider.GetRequiredService<SignMaster>(),
            new ArtifactUploader(provider.GetRequiredService<SignMaster>(), provider.GetRequiredService<TimeProvider>()),
            provider.GetRequiredService<SecretKeys>(),
            provider.GetRequiredService<IOptions<SignNodeOptions>>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SignRun>>()));
        services.AddAbandonedWork(provider => provider.GetRequiredService<IOptions<SignNodeOptions>>().Value.WorkPath);
        services.AddHostedService<SignNodeLoop>();
        return services;
    }

    private static void SetDefaults(SignNodeOptions options, IConfiguration configuration)
    {
        string Below(string path, string name) => Path.GetFullPath(path.Length > 0 ? path : Path.Combine(configuration["Data:Path"] ?? ".data", name));

        options.Master ??= new Uri(configuration["Node:MasterUrl"] ?? "http://127.0.0.1:8080", UriKind.RelativeOrAbsolute);
        options.TokenFile = Below(options.TokenFile, "node-sign.token");
        options.WorkPath = Below(options.WorkPath, "sign-node");
        options.KeyPath = Below(options.KeyPath, "sign-keys");
    }
}
