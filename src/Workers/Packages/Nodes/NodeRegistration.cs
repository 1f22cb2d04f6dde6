using System.Runtime.InteropServices;
using EventSourced.ServiceDefaults.Hosting;
using EventSourced.Workers.Adapters.Git;
using EventSourced.Workers.Adapters.Sandbox;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Nodes;

public static class NodeRegistration
{
    private static readonly TimeSpan HandingBack = TimeSpan.FromSeconds(5);

    /// <summary>The role <c>node</c>. It needs the public API and nothing else of ours.</summary>
    public static IServiceCollection AddBuildNode(this IServiceCollection services)
    {
        services.AddOptions<NodeOptions>()
            .BindConfiguration("Node")
            .PostConfigure<IConfiguration>((options, configuration) => SetDefaults(options, configuration["Data:Path"] ?? ".data"))
            .ValidateDataAnnotations()
            .Validate<IOptions<ShutdownOptions>>(
                (node, shutdown) => node.ShutdownGrace + HandingBack < shutdown.Value.Timeout,
                "Node:ShutdownGrace and the 5 seconds to hand tasks back must be less than Shutdown:Timeout.")
            .ValidateOnStart();
        services.AddOptions<SandboxOptions>().BindConfiguration("Sandbox").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<GitOptions>().BindConfiguration("Git").ValidateDataAnnotations().ValidateOnStart();

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<Bubblewrap>().AddSingleton<GitFetch>();
        services.AddSingleton<MasterClient>().AddSingleton<ArtifactUploader>().AddSingleton<DebBuild>().AddSingleton<TaskRun>();
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
