using System.Net;
using System.Net.ServerSentEvents;

namespace EventSourced.Api.Tests.Packages;

/// <summary>Reads server-sent events as they come.</summary>
internal sealed class LogFollower : IAsyncDisposable
{
    private readonly HttpResponseMessage response;
    private readonly IAsyncEnumerator<SseItem<string>> items;

    private LogFollower(HttpResponseMessage response, Stream body)
    {
        this.response = response;
        items = SseParser.Create(body).EnumerateAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
    }

    public static async Task<HttpResponseMessage> SendAsync(HttpClient http, string url, string? lastEventId, string? credential = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (lastEventId is not null)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);

        if (credential is not null)
            request.Headers.TryAddWithoutValidation("Authorization", $"Simple {credential}");

        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    public static async Task<LogFollower> OpenAsync(HttpClient http, string url, string? lastEventId = null, string? credential = null)
    {
        var response = await SendAsync(http, url, lastEventId, credential);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        return new(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The next event that is no sign of life; fails at the end of the stream.</summary>
    public async Task<(string Name, string Data, string? Id)> NextAsync()
    {
        while (await items.MoveNextAsync())
        {
            if (items.Current.EventType is not "alive")
                return (items.Current.EventType, items.Current.Data, items.Current.EventId);
        }

        throw new InvalidOperationException("The stream has ended.");
    }

    /// <summary>All events up to and with the one of this name.</summary>
    public async Task<IReadOnlyList<(string Name, string Data, string? Id)>> UntilAsync(string name)
    {
        var all = new List<(string Name, string Data, string? Id)>();
        do
            all.Add(await NextAsync());
        while (all[^1].Name != name);

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        response.Dispose();
        await items.DisposeAsync();
    }
}
