using EventSourced.ServiceDefaults;
using EventSourced.ServiceDefaults.Hosting;
using EventSourced.ServiceDefaults.Postgres;
using EventSourced.Workers.Hosting;
using EventSourced.Workers.Packages;
using EventSourced.Workers.Packages.Nodes;
using EventSourced.Workers.Packages.SignNode;

namespace EventSourced.Workers.Commands;

/// <summary>The long-running host, in its roles.</summary>
public static class ServeCommand
{
    public static async Task<int> RunAsync(CancellationToken cancellation)
    {
        var builder = HostStart.CreateBuilder([]);
        builder.AddServiceDefaults("workers", "http://127.0.0.1:0");
        var roles = WorkerRolesSetting.Read(builder.Configuration);
        await using var postgres = roles.NeedDatabase() ? await builder.AddPostgresAsync(cancellation) : null;
        AddRoles(builder.Services, builder.Configuration, roles);
        var app = builder.Build();
        app.MapServiceDefaults();
        return await app.RunUntilStoppedAsync(cancellation);
    }

    /// <summary>What a host with these roles consists of, beside the service defaults.</summary>
    public static void AddRoles(IServiceCollection services, IConfiguration configuration, WorkerRoles roles)
    {
        if (roles.NeedDatabase())
            services.AddDatabase().AddBus(configuration, drainQueue: roles.HasFlag(WorkerRoles.Effects)).AddPackagesWorkers();

        if (roles.HasFlag(WorkerRoles.Projections))
            services.AddProjectionDaemon();

        if (roles.HasFlag(WorkerRoles.Effects))
            services.AddPackagesLoops();

        if (roles.HasFlag(WorkerRoles.Node))
            services.AddBuildNode();

        if (roles.HasFlag(WorkerRoles.Sign))
            services.AddSignNode();
    }
}
