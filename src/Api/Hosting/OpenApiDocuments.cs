using EventSourced.Api.Hosting.Errors;
using Microsoft.OpenApi;

namespace EventSourced.Api.Hosting;

/// <summary><c>/openapi/{dialect}.json</c>: what is really served, made from the mapped endpoints.</summary>
internal static class OpenApiDocuments
{
    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services, Dialect dialect) =>
        services.AddOpenApi(dialect.Name, options =>
        {
            options.ShouldInclude = endpoint => endpoint.GroupName == dialect.Name;
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info.Title = dialect.Name;
                document.Servers?.Clear();
                document.Components ??= new OpenApiComponents();
                document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
                document.Components.SecuritySchemes["bearer"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT or API key" };
                return Task.CompletedTask;
            });
        });
}
