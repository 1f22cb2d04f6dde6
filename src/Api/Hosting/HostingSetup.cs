using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using Microsoft.AspNetCore.Authentication;

namespace EventSourced.Api.Hosting;

/// <summary>What every request goes through, whatever its dialect.</summary>
public static class HostingSetup
{
    public static WebApplicationBuilder AddHosting(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<AccessOptions>().BindConfiguration("Access").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<RequestLimits>().BindConfiguration("Limits").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<DialectTable>().AddSingleton<FailedCredentials>().AddSingleton<PrincipalDirectory>();
        services.AddSingleton<JsonWebTokens>().AddSingleton<UserDirectory>();
        services.AddAuthentication(CredentialHandler.Scheme_).AddScheme<AuthenticationSchemeOptions, CredentialHandler>(CredentialHandler.Scheme_, null);
        services.AddPolicies().AddRequestValidators().AddRequestRate();
        services.ConfigureHttpJsonOptions(options => OwnDialect.Configure(options.SerializerOptions));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddOpenApiDocument(OwnDialect.Dialect);
        return builder;
    }

    public static WebApplication UseHosting(this WebApplication app)
    {
        app.UseMiddleware<RequestContext>();
        app.UseMiddleware<ErrorResponses>();
        app.UseRouting();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseMiddleware<RequestPrincipal>();
        app.UseMiddleware<QueryTexts>();
        app.UseMiddleware<IdempotencyKeys>();
        app.UseMiddleware<Preconditions>();
        app.MapOpenApi("/openapi/{documentName}.json");
        return app;
    }
}
