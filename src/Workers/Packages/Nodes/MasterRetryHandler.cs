using System.Net;
using Polly;
using Polly.Retry;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>
/// Sends again what the server could not take now (429, 502, 503, 504) or what never arrived: 2, 4, 8, 16 seconds and then every 16, for about two
/// minutes, so that a restart of the server loses no report. Every request of a node may be repeated.
/// </summary>
internal sealed class MasterRetryHandler : DelegatingHandler
{
    private const int Tries = 10;

    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline;

    public MasterRetryHandler(HttpMessageHandler inner, TimeProvider time) : base(inner) =>
        _pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = Tries,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromSeconds(2),
                MaxDelay = TimeSpan.FromSeconds(16),
                UseJitter = true,
                ShouldHandle = new PredicateBuilder<HttpResponseMessage>().Handle<HttpRequestException>().HandleResult(IsTemporary),
                OnRetry = static retry =>
                {
                    retry.Outcome.Result?.Dispose();
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        await _pipeline.ExecuteAsync(async token => await base.SendAsync(request, token), cancellationToken);

    // A chunk that broke off may still be written by the connection it came on; the store answers 409 until that one is gone.
    private static bool IsTemporary(HttpResponseMessage response) =>
        (response.StatusCode is HttpStatusCode.Conflict && IsBelow("/pulp/", response))
        // A source package is served once its repository is published, a moment after the task that made it has ended.
        || (response.StatusCode is HttpStatusCode.NotFound && IsBelow("/pulp/content/", response))
        || response.StatusCode is
        HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private static bool IsBelow(string path, HttpResponseMessage response) =>
        response.RequestMessage?.RequestUri?.AbsolutePath.StartsWith(path, StringComparison.Ordinal) is true;
}
