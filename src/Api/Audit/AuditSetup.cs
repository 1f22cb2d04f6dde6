using EventSourced.Api.Hosting.Errors;

namespace EventSourced.Api.Audit;

public static class AuditSetup
{
    public static IServiceCollection AddAudit(this IServiceCollection services) =>
        services.AddSingleton<EventLog>().AddSingleton<EventFeed>().AddSingleton<StreamStates>();

    public static IEndpointRouteBuilder MapAudit(this IEndpointRouteBuilder routes)
    {
        routes.MapDialect(OwnDialect.Dialect, "/api").MapEvents().MapStreams().MapDeadLetters();
        return routes;
    }
}
