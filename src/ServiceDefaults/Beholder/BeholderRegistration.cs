using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace EventSourced.ServiceDefaults.Beholder;

public static class BeholderRegistration
{
    private const int LongestAnswer = 8 << 20;

    /// <summary><see cref="IBeholder"/>, which without an address knows nothing.</summary>
    public static IServiceCollection AddBeholder(this IServiceCollection services)
    {
        services.AddOptions<BeholderOptions>().BindConfiguration("Beholder").ValidateDataAnnotations()
            .Validate(
                options => options.Url is not { IsAbsoluteUri: true } url || url is { UserInfo: "", Query: "", Fragment: "" },
                "Beholder:Url must have neither credentials nor parameters.")
            .ValidateOnStart();
        services.AddHttpClient<IBeholder, BeholderClient>((provider, http) =>
            {
                var options = provider.GetRequiredService<IOptions<BeholderOptions>>().Value;
                http.BaseAddress = options.Url is { } url ? new Uri(url.AbsoluteUri.TrimEnd('/') + "/") : null;
                (http.Timeout, http.MaxResponseContentBufferSize) = (options.Timeout, LongestAnswer);
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false })
            .RemoveAllLoggers();
        return services;
    }
}
