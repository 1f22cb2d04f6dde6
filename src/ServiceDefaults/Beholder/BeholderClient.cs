using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EventSourced.ServiceDefaults.Beholder;

/// <summary>Asks the beholder over HTTP. Nothing depends on its answer: a failure is said in the log and counted, and is no answer.</summary>
internal sealed class BeholderClient : IBeholder
{
    private readonly HttpClient http;
    private readonly BeholderOptions options;
    private readonly ILogger<BeholderClient> logger;
    private readonly Counter<long> asked;

    public BeholderClient(HttpClient http, IOptions<BeholderOptions> options, IMeterFactory meters, ILogger<BeholderClient> logger)
    {
        (this.http, this.options, this.logger) = (http, options.Value, logger);
        asked = meters.Create("EventSourced.ServiceDefaults").CreateCounter<long>("beholder.questions", "{question}", "Questions to the beholder, by outcome.");
    }

    public async Task<JsonElement?> ProjectsAsync(string distribution, string version, IReadOnlyList<string> sources, CancellationToken cancellation)
    {
        if (options.Url is null)
            return null;

        // Its length is known, unlike that of JsonContent: not every small server reads chunks.
        using var question = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(sources));
        question.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var path = new Uri($"api/v1/distros/{Uri.EscapeDataString(distribution)}/{Uri.EscapeDataString(version)}/projects/", UriKind.Relative);
        return await AnswerAsync($"{distribution} {version}", token => http.PostAsync(path, question, token), cancellation);
    }

    private async Task<JsonElement?> AnswerAsync(string distribution, Func<CancellationToken, Task<HttpResponseMessage>> ask, CancellationToken cancellation)
    {
        try
        {
            using var answer = await ask(cancellation);
            if (answer.StatusCode is HttpStatusCode.NotFound)
            {
                logger.DistributionUnknown(distribution);
                return Counted("unknown", null);
            }

            answer.EnsureSuccessStatusCode();
            return Counted("answered", JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsByteArrayAsync(cancellation)));
        }
        catch (Exception failed) when (failed is HttpRequestException or JsonException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            logger.BeholderFailed(distribution, failed is OperationCanceledException ? $"No answer within {options.Timeout}." : failed.Message);
            return Counted("failed", null);
        }
    }

    private JsonElement? Counted(string outcome, JsonElement? answer)
    {
        asked.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        return answer;
    }
}
