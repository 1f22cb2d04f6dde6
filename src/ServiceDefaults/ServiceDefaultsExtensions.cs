using EventSourced.ServiceDefaults.Health;
using EventSourced.ServiceDefaults.Hosting;
using EventSourced.ServiceDefaults.Http;
using EventSourced.ServiceDefaults.Metrics;
using EventSourced.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EventSourced.ServiceDefaults;

/// <summary>What both hosts have in common.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Logs, traces, metrics, health, HTTP client defaults and a bounded shutdown.</summary>
    /// <param name="builder">The host's.</param>
    /// <param name="role"><c>api</c> or <c>workers</c>; names the service in traces and logs.</param>
    /// <param name="defaultUrl">Where it listens when nothing is configured (<c>Urls</c>, <c>ASPNETCORE_URLS</c>).</param>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, string role, string defaultUrl)
    {
        if (builder.Configuration[WebHostDefaults.ServerUrlsKey] is null or "" && builder.Configuration[WebHostDefaults.HttpPortsKey] is null or "")
            builder.WebHost.UseUrls(defaultUrl);
        else
            CheckUrls(builder.Configuration[WebHostDefaults.ServerUrlsKey]);

        builder.Services.AddOptions<DataOptions>().BindConfiguration("Data").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddOptions<ShutdownOptions>().BindConfiguration("Shutdown").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<ShutdownOptions>>(SetShutdown);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new ServiceIdentity(role));
        builder.Services.AddHostedService<AddressFile>();
        builder.AddStructuredLogs().AddHealth();
        builder.Services.AddOpenTelemetryExport(builder.Configuration).AddMetrics().AddSingleton<MetricsCollector>().AddRetryingHttpClients();
        return builder;
    }

    /// <summary><c>/health/live</c>, <c>/health/ready</c> and <c>/metrics</c>, open to everyone who reaches the host.</summary>
    public static TRoutes MapServiceDefaults<TRoutes>(this TRoutes routes) where TRoutes : IEndpointRouteBuilder
    {
        routes.MapHealth();
        routes.MapMetrics();
        return routes;
    }

    private static void CheckUrls(string? urls)
    {
        foreach (var url in (urls ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            // "+" and "*" stand for every address of the machine.
            var named = url.Replace("//+", "//any", StringComparison.Ordinal).Replace("//*", "//any", StringComparison.Ordinal);
            if (!Uri.TryCreate(named, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
                throw new ConfigurationException($"Urls must be addresses like http://127.0.0.1:8080, not \"{url}\".");
        }
    }

    // One after the other, their times to finish would add up beyond the limit.
    private static void SetShutdown(HostOptions host, IOptions<ShutdownOptions> shutdown) =>
        (host.ShutdownTimeout, host.ServicesStopConcurrently) = (shutdown.Value.Timeout, true);

    private static WebApplicationBuilder AddStructuredLogs(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders().AddJsonConsole(console =>
        {
            console.IncludeScopes = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
        });
        return builder;
    }
}
