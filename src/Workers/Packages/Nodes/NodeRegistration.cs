using System.Runtime.InteropServices;
using EventSourced.ServiceDefaults.Hosting;
using EventSourced.Workers.Adapters.Containers;
using EventSourced.Workers.Adapters.Downloads;
using EventSourced.Workers.Adapters.Files;
using EventSourced.Workers.Adapters.Git;
using EventSourced.Workers.Adapters.Sandbox;
using EventSourced.Workers.Packages.Nodes.Dependencies;
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
            .PostConfigure<IConfiguration>((options, configuration) => SetDefaults(
                options, configuration["Data:Path"] ?? ".data", images: configuration["Containers:Engine"] is { Length: > 0 }))
            .ValidateDataAnnotations()
            .Validate<IOptions<ShutdownOptions>>(
                (node, shutdown) => node.ShutdownGrace + HandingBack < shutdown.Value.Timeout,
                "Node:ShutdownGrace and the 5 seconds to hand tasks back must be less than Shutdown:Timeout.")
            .ValidateOnStart();
        services.AddOptions<SandboxOptions>().BindConfiguration("Sandbox").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<GitOptions>().BindConfiguration("Git").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ContainerOptions>().BindConfiguration("Containers").ValidateDataAnnotations().ValidateOnStart();

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(_ => ControlGroups.OfMachine);
        services.AddSingleton<Bubblewrap>().AddSingleton<GitFetch>().AddSingleton<SourceDownload>().AddSingleton<ContainerEngine>().AddSingleton<BuildSandboxes>();
        services.AddSingleton<MasterClient>().AddSingleton<TaskSources>().AddSingleton<BuildDependencies>().AddSingleton<PackageBuild>();
        services.AddSingleton<TaskRun>();
        services.AddSingleton(provider => new ArtifactUploader(provider.GetRequiredService<MasterClient>(), provider.GetRequiredService<TimeProvider>()));
        services.AddAbandonedWork(provider => provider.GetRequiredService<IOptions<NodeOptions>>().Value.WorkPath);
        services.AddHostedService<AbandonedContainers>().AddHostedService<BuildNode>();
        return services;
    }

    private static void SetDefaults(NodeOptions options, string data, bool images)
    {
        if (options.TokenFile.Length is 0)
            options.TokenFile = Path.Combine(data, "node-build.token");

        if (options.WorkPath.Length is 0)
            options.WorkPath = Path.Combine(data, "node");

        options.WorkPath = Path.GetFullPath(options.WorkPath);
        if (options.Arches.Count is 0)
            options.Arches = OwnArches(RuntimeInformation.OSArchitecture, images || NodeTools.BuildRpm, images || NodeTools.BuildDeb);
    }

    /// <summary>As rpm and as dpkg names it, where their tools are here or come with images; a <c>src</c> task may be of either kind, so it takes both.</summary>
    public static IReadOnlyList<string> OwnArches(Architecture machine, bool rpm, bool deb)
    {
        var (rpmName, debName) = machine switch
        {
            Architecture.X64 => ("x86_64", "amd64"),
            Architecture.X86 => ("i686", "i386"),
            Architecture.Arm64 => ("aarch64", "arm64"),
            Architecture.Arm => ("armv7hl", "armhf"),
            Architecture.Ppc64le => ("ppc64le", "ppc64el"),
            Architecture.RiscV64 => ("riscv64", "riscv64"),
            var other => (other.ToString().ToLowerInvariant(), other.ToString().ToLowerInvariant()),
        };
        string[] arches = [.. rpm ? [rpmName] : Array.Empty<string>(), .. deb ? [debName] : Array.Empty<string>(), .. rpm && deb ? ["src"] : Array.Empty<string>()];
        return [.. arches.Distinct()];
    }
}
