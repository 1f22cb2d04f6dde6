using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.ServiceDefaults.Metrics;

internal static class MetricsEndpoint
{
    public static void MapMetrics(this IEndpointRouteBuilder routes)
    {
        // Created now: what is measured before the first scrape counts.
        var collector = routes.ServiceProvider.GetRequiredService<MetricsCollector>();
        routes.MapGet("/metrics", () => Results.Text(collector.Render(), PrometheusText.ContentType))
            .DisableHttpMetrics().DisableRateLimiting().AllowAnonymous().ExcludeFromDescription();
    }
}
