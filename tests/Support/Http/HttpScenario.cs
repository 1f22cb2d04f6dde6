using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;
using Xunit.Sdk;

namespace EventSourced.Support;

/// <summary>
/// One request and what is expected of its answer: <c>await api.Post("/api/users", new { login = "ann" }).As(key).Expect(201)</c>. An answer with another status
/// fails the test with the request and the whole answer in the message.
/// </summary>
public sealed class HttpScenario
{
    private readonly HttpClient client;
    private readonly HttpRequestMessage request;
    private readonly string sent;

    public HttpScenario(HttpClient client, HttpMethod method, string url, object? body = null)
    {
        (this.client, request, sent) = (client, new HttpRequestMessage(method, url), body as string ?? (body is null ? "" : JsonSerializer.Serialize(body)));
        if (body is not null)
            request.Content = new StringContent(sent, Encoding.UTF8, "application/json");
    }

    /// <summary>With an API key, or a token when it has a token's form.</summary>
    public HttpScenario As(string credential) => With("Authorization", $"{(credential.Count(c => c == '.') == 2 ? "Bearer" : "Simple")} {credential}");

    public HttpScenario With(string header, string value)
    {
        request.Headers.Remove(header);
        request.Headers.TryAddWithoutValidation(header, value);
        return this;
    }

    /// <summary>With a body that is not JSON text.</summary>
    public HttpScenario WithContent(HttpContent content)
    {
        request.Content = content;
        return this;
    }

    /// <summary>Sends; fails unless the status is one of these.</summary>
    public async Task<Answer> Expect(params int[] statuses)
    {
        var answer = await Send();
        return statuses.Contains(answer.Status) ? answer : throw new ScenarioException(Describe(answer, $"expected {string.Join(" or ", statuses)}"));
    }

    /// <summary>Sends and leaves the judgement to the test.</summary>
    public async Task<Answer> Send()
    {
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var bytes = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        return new Answer((int)response.StatusCode, Encoding.UTF8.GetString(bytes), response.Headers, response.Content.Headers);
    }

    private string Describe(Answer answer, string expectation) =>
        $"""
        {request.Method} {request.RequestUri}: {expectation}, got {answer.Status}
        {(sent.Length == 0 ? "" : "sent " + sent)}
        {answer.Headers}{answer.ContentHeaders}
        {answer.Text}
        """;
}

/// <summary>What came back.</summary>
public sealed record Answer(int Status, string Text, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Text);

    public string Header(string name) =>
        Headers.TryGetValues(name, out var values) || ContentHeaders.TryGetValues(name, out values) ? string.Join(", ", values) : "";
}

public sealed class ScenarioException(string message) : XunitException(message);

public static class HttpScenarios
{
    public static HttpScenario Get(this HttpClient client, string url) => new(client, HttpMethod.Get, url);

    /// <param name="client">The host under test.</param>
    /// <param name="url">Path and query.</param>
    /// <param name="body">Sent as JSON; a string is sent as it is.</param>
    public static HttpScenario Post(this HttpClient client, string url, object? body = null) => new(client, HttpMethod.Post, url, body);

    public static HttpScenario Put(this HttpClient client, string url, object? body = null) => new(client, HttpMethod.Put, url, body);

    public static HttpScenario Patch(this HttpClient client, string url, object? body = null) => new(client, HttpMethod.Patch, url, body);

    public static HttpScenario Delete(this HttpClient client, string url, object? body = null) => new(client, HttpMethod.Delete, url, body);
}
