namespace EventSourced.Api.Hosting.Errors;

public static class DialectRoutes
{
    /// <summary>A route group that speaks a dialect: its errors, its JSON in answers, its OpenAPI document.</summary>
    public static RouteGroupBuilder MapDialect(this IEndpointRouteBuilder routes, Dialect dialect, string prefix)
    {
        routes.ServiceProvider.GetRequiredService<DialectTable>().Add(dialect);
        var group = routes.MapGroup(prefix).WithMetadata(dialect).WithGroupName(dialect.Name);
        return dialect == OwnDialect.Dialect ? group : group.AddEndpointFilter(WriteWithDialectJson); // ours is the host's own JSON
    }

    /// <summary>Typed results (<c>TypedResults.Ok(x)</c>) are written with the dialect's JSON options instead of the host's.</summary>
    private static async ValueTask<object?> WriteWithDialectJson(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);
        while (result is INestedHttpResult nested)
            result = nested.Result;

        var dialect = context.HttpContext.GetEndpoint()!.Metadata.GetRequiredMetadata<Dialect>();
        return result is IValueHttpResult { Value: { } value } and not IContentTypeHttpResult { ContentType: not null } && result is IStatusCodeHttpResult status
            ? TypedResults.Json<object>(value, dialect.Json, statusCode: status.StatusCode)
            : result;
    }
}

/// <summary>The dialects served here; finds the one that answers for a request.</summary>
public sealed class DialectTable
{
    private readonly List<Dialect> dialects = [];

    public IReadOnlyList<Dialect> All => dialects;

    public void Add(Dialect dialect)
    {
        if (!dialects.Contains(dialect))
            dialects.Add(dialect);
    }

    /// <summary>By the matched endpoint, else by the longest path prefix, else ours.</summary>
    public Dialect For(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<Dialect>()
        ?? dialects.SelectMany(d => d.Paths, (dialect, path) => (dialect, path))
            .Where(p => context.Request.Path.StartsWithSegments(p.path))
            .OrderByDescending(p => p.path.Length)
            .Select(p => p.dialect)
            .FirstOrDefault(OwnDialect.Dialect);
}
