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

    public bool IsConfigured => options.Url is not null;

    public async Task<JsonElement?> ProjectsAsync(string distribution, string version, IReadOnlyList<string> sources, CancellationToken cancellation)
    {
        // Its length is known, unlike that of JsonContent: not every small server reads chunks.
        using var question = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(sources));
        question.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var path = PathTo(distribution, version, "projects/");
        return await AnswerAsync($"{distribution} {version}", token => http.PostAsync(path, question, token), cancellation);
    }

    public Task<JsonElement?> ProjectAsync(string distribution, string version, string source, CancellationToken cancellation)
    {
        var path = PathTo(distribution, version, $"project/{Uri.EscapeDataString(source)}?match=closest");
        return AnswerAsync($"{source} of {distribution} {version}", token => http.GetAsync(path, token), cancellation);
    }

    private static Uri PathTo(string distribution, string version, string rest) =>
        new($"api/v1/distros/{Uri.EscapeDataString(distribution)}/{Uri.EscapeDataString(version)}/{rest}", UriKind.Relative);

    private async Task<JsonElement?> AnswerAsync(string subject, Func<CancellationToken, Task<HttpResponseMessage>> ask, CancellationToken cancellation)
    {
        if (!IsConfigured)
            return null;

        try
        {
            using var answer = await ask(cancellation);
            if (answer.StatusCode is HttpStatusCode.NotFound)
            {
                logger.SubjectUnknown(subject);
                return Counted("unknown", null);
            }

            answer.EnsureSuccessStatusCode();
            return Counted("answered", JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsByteArrayAsync(cancellation)));
        }
        catch (Exception failed) when (failed is HttpRequestException or JsonException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            logger.BeholderFailed(subject, failed is OperationCanceledException ? $"No answer within {options.Timeout}." : failed.Message);
            return Counted("failed", null);
        }
    }

    private JsonElement? Counted(string outcome, JsonElement? answer)
    {
        asked.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        return answer;
    }
}
