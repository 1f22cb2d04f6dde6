using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Polly;
using Polly.Retry;

namespace EventSourced.ServiceDefaults.Http;

/// <summary>
/// Tries a request again, three times with growing pauses, when the network or the server failed in a way that passes, and only where a second arrival
/// does no harm and the body can be sent twice.
/// </summary>
internal sealed class RetryHandler(ResiliencePipeline<HttpResponseMessage> pipeline) : DelegatingHandler
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    public static ResiliencePipeline<HttpResponseMessage> CreatePipeline(TimeProvider time) =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = 3,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(200),
                ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Exception is HttpRequestException || Passes(args.Outcome.Result)),
                DelayGenerator = args => ValueTask.FromResult(AskedFor(args.Outcome.Result, time)),
                OnRetry = static args =>
                {
                    args.Outcome.Result?.Dispose();
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        IsRepeatable(request)
            ? await pipeline.ExecuteAsync(async token => await base.SendAsync(request, token), cancellationToken)
            : await base.SendAsync(request, cancellationToken);

    private static bool IsRepeatable(HttpRequestMessage request) =>
        (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Method == HttpMethod.Put || request.Method == HttpMethod.Delete)
        && request.Content is null or ByteArrayContent or JsonContent;

    private static bool Passes(HttpResponseMessage? response) =>
        response?.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway
            or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private static TimeSpan? AskedFor(HttpResponseMessage? response, TimeProvider time)
    {
        var asked = response?.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - time.GetUtcNow() : null;
        return asked is { } pause && pause > TimeSpan.Zero ? (pause < LongestPause ? pause : LongestPause) : null;
    }
}

internal static class RetryRegistration
{
    /// <summary>Every client of the factory gets the handler.</summary>
    public static IServiceCollection AddRetryingHttpClients(this IServiceCollection services)
    {
        services.AddSingleton(provider => RetryHandler.CreatePipeline(provider.GetRequiredService<TimeProvider>()));
        services.AddTransient<RetryHandler>();
        return services.ConfigureHttpClientDefaults(client => client.AddHttpMessageHandler<RetryHandler>());
    }
}
