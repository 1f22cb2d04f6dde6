using System.Runtime.InteropServices;
using EventSourced.Workers.Adapters.Git;
using EventSourced.Workers.Adapters.Sandbox;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace EventSourced.Workers.Packages.Nodes;

public static class NodeRegistration
{
    /// <summary>The role <c>node</c>. It needs the public API and nothing else of ours.</summary>
    public static IServiceCollection AddBuildNode(this IServiceCollection services)
    {
        services.AddOptions<NodeOptions>()
            .BindConfiguration("Node")
            .PostConfigure<IConfiguration>((options, configuration) => SetDefaults(options, configuration["Data:Path"] ?? ".data"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddOptions<SandboxOptions>().BindConfiguration("Sandbox").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<GitOptions>().BindConfiguration("Git").ValidateDataAnnotations().ValidateOnStart();

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<Bubblewrap>().AddSingleton<GitFetch>();
        services.AddSingleton<MasterClient>();
        services.AddSingleton(provider => new ArtifactUploader(provider.GetRequiredService<MasterClient>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<DebBuild>().AddSingleton<TaskRun>();
        services.AddHostedService<BuildNode>();
        return services;
    }

    private static void SetDefaults(NodeOptions options, string data)
    {
        if (options.TokenFile.Length is 0)
            options.TokenFile = Path.Combine(data, "node-build.token");

        if (options.WorkPath.Length is 0)
            options.WorkPath = Path.Combine(data, "node");

        options.WorkPath = Path.GetFullPath(options.WorkPath);
        if (options.Arches.Count is 0)
            options.Arches = [OwnArch];
    }

    private static string OwnArch => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "amd64",
        Architecture.X86 => "i386",
        Architecture.Arm64 => "arm64",
        Architecture.Arm => "armhf",
        Architecture.Ppc64le => "ppc64el",
        var other => other.ToString().ToLowerInvariant(),
    };
}
