using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using Microsoft.OpenApi;

namespace EventSourced.Api.Hosting;

/// <summary><c>/openapi/{dialect}.json</c>: what is really served, made from the mapped endpoints.</summary>
internal static class OpenApiDocuments
{
    private const string Credential = "credential";

    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services, Dialect dialect) =>
        services.AddOpenApi(dialect.Name, options =>
        {
            options.ShouldInclude = endpoint => endpoint.GroupName == dialect.Name;
            options.AddDocumentTransformer((document, _, _) => Describe(document, dialect));
            options.AddSchemaTransformer((schema, context, _) => DialectSchemas.ApplyAsync(schema, context, dialect));
            options.AddOperationTransformer(async (operation, context, ct) =>
            {
                await DescribeErrorsAsync(operation, context, dialect, ct);
                if (context.Description.ActionDescriptor.EndpointMetadata.OfType<AcceptsIfMatch>().Any())
                    DescribeIfMatch(operation);

                if (NeedsCredential(context.Description.ActionDescriptor.EndpointMetadata))
                    RequireCredential(operation, context.Document!);
            });
        });

    private static Task Describe(OpenApiDocument document, Dialect dialect)
    {
        document.Info.Title = dialect.Name;
        document.Servers?.Clear(); // the document is valid wherever the host is reached
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Credential] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A JSON web token or an API key; an API key also as `Authorization: Simple KEY`.",
        };
        return Task.CompletedTask;
    }

    private static async Task DescribeErrorsAsync(
        OpenApiOperation operation, Microsoft.AspNetCore.OpenApi.OpenApiOperationTransformerContext context, Dialect dialect, CancellationToken ct)
    {
        var shape = dialect.Shape(FailureMapping.FromStatus(StatusCodes.Status400BadRequest)).GetType();
        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "Any error, in this API's form.",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [dialect.ErrorContentType] = new OpenApiMediaType { Schema = await context.GetOrCreateSchemaAsync(shape, null, ct) },
            },
        };
    }

    private static void DescribeIfMatch(OpenApiOperation operation)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter
        {
            Name = "If-Match", In = ParameterLocation.Header, Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            Description = "The ETag last read: with another version nothing is changed.",
        });
        operation.Responses!["412"] = new OpenApiResponse { Description = "The thing has changed since it was read." };
    }

    private static bool NeedsCredential(IList<object> metadata) =>
        metadata.OfType<Microsoft.AspNetCore.Authorization.IAuthorizeData>().Any(a => a.Policy != Authentication.Policies.OpenReading);

    private static void RequireCredential(OpenApiOperation operation, OpenApiDocument document)
    {
        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Credential, document)] = [] }];
        operation.Responses!["401"] = new OpenApiResponse { Description = "No credential, or one that is unknown, expired or revoked." };
        operation.Responses["403"] = new OpenApiResponse { Description = "The credential may not do that." };
    }
}
