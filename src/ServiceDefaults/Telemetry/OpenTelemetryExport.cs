using EventSourced.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace EventSourced.ServiceDefaults.Telemetry;

/// <summary>Sends traces and metrics by OTLP for as long as the host runs. Without <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> nothing listens, and spans cost nothing.</summary>
internal sealed class OpenTelemetryExport(Uri endpoint, ServiceIdentity identity) : IHostedService, IDisposable
{
    private TracerProvider? traces;
    private MeterProvider? metrics;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(Describe)
            .AddSource("EventSourced.*", "Microsoft.AspNetCore", "System.Net.Http", "Npgsql")
            .AddOtlpExporter(exporter => SendTo(exporter, "v1/traces"))
            .Build();
        metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(Describe)
            .AddMeter("EventSourced.*", "Microsoft.AspNetCore.*", "System.Net.Http", "System.Runtime", "Npgsql")
            .AddOtlpExporter(exporter => SendTo(exporter, "v1/metrics"))
            .Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        traces?.ForceFlush((int)TimeSpan.FromSeconds(5).TotalMilliseconds);
        metrics?.ForceFlush((int)TimeSpan.FromSeconds(5).TotalMilliseconds);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        traces?.Dispose();
        metrics?.Dispose();
    }

    private void Describe(ResourceBuilder resource) => resource.AddService(identity.ServiceName, serviceInstanceId: identity.InstanceId);

    // The exporter appends the signal's path itself only to an address it read from the environment.
    private void SendTo(OtlpExporterOptions exporter, string path) =>
        exporter.Endpoint = exporter.Protocol is OtlpExportProtocol.HttpProtobuf ? new Uri(new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/"), path) : endpoint;
}

internal static class OpenTelemetryRegistration
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static IServiceCollection AddOpenTelemetryExport(this IServiceCollection services, IConfiguration configuration)
    {
        if (configuration[Endpoint] is not { Length: > 0 } given)
            return services;

        if (!Uri.TryCreate(given, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
            throw new ConfigurationException($"{Endpoint} must be an http or https address, not \"{given}\".");

        // ASP.NET Core fills the semantic-convention tags of its request spans only on demand.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        return services.AddHostedService(provider => new OpenTelemetryExport(endpoint, provider.GetRequiredService<ServiceIdentity>()));
    }
}
