using EventSourced.Api.Hosting.Errors;

namespace EventSourced.Api.Accounts;

public static class AccountsSetup
{
    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.AddOptions<FirstStartOptions>().BindConfiguration("FirstStart").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<Passwords>().AddSingleton<Logins>().AddSingleton<KeyDirectory>();
        services.AddScoped<UserRegistration>().AddScoped<NodeRegistration>().AddScoped<AccountCommands>().AddScoped<PasswordChange>().AddScoped<UserTokens>();
        return services.AddHostedService<FirstStart>();
    }

    public static IEndpointRouteBuilder MapAccounts(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapDialect(OwnDialect.Dialect, "/api");
        api.MapUsers().MapKeys().MapNodes().MapTokens();
        return routes;
    }
}
