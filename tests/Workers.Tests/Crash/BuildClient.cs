using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>Asks for a build, follows its events to the end wherever the stream breaks, releases it when that is its job, and again.</summary>
internal sealed class BuildClient(Installation installation, Acknowledged acknowledged, BuildOrder order, ReleaseClient? releases = null)
{
    /// <summary>Many clients that ask seldom: some are always at work while others wait for what a killed process held, and repositories are published as fast as builds end.</summary>
    public TimeSpan Pace { get; init; } = TimeSpan.FromSeconds(24);

    /// <summary>How much of the pace is left out the first time: who began together does not go on together.</summary>
    public double Ahead { get; init; }

    public async Task RunAsync(CancellationToken enough, CancellationToken token)
    {
        using var client = new PatientClient(installation, installation.AdminKey);
        using var pace = new PeriodicTimer(Pace * (1 - Ahead));
        while (!enough.IsCancellationRequested)
        {
            var build = await AskAsync(client, token);
            await FollowAsync(client, build, token);
            if (releases is not null)
                await releases.ReleaseAsync(client, build, enough, token);

            await ((Task)pace.WaitForNextTickAsync(enough).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pace.Period = Pace;
        }
    }

    public async Task<int> AskAsync(PatientClient client, CancellationToken token)
    {
        var idempotencyKey = Guid.CreateVersion7().ToString("N");
        var build = await AskAsync(client, order, idempotencyKey, token);
        acknowledged.Builds[idempotencyKey] = (build, order);
        acknowledged.Count();
        return build;
    }

    public async Task FollowAsync(PatientClient client, int build, CancellationToken token)
    {
        var last = new LastEvent();
        await client.UntilAnsweredAsync(() => FollowAsync(client, build, last, token), token);
        acknowledged.CountBuild();
    }

    public static async Task<int> AskAsync(PatientClient client, BuildOrder order, string idempotencyKey, CancellationToken token)
    {
        var answer = await client.PostAsync("/api/v1/builds/", idempotencyKey, new
        {
            platforms = new[] { new { name = order.Platform.Name, arch_list = new[] { order.Arch } } },
            tasks = order.Urls.Select(url => new { url, git_ref = "main" }),
        }, token);
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.GetProperty("id").GetInt32();
    }

    /// <returns>How it was told that this is all; null when the stream broke before.</returns>
    private static async Task<string?> FollowAsync(PatientClient client, int build, LastEvent last, CancellationToken token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/builds/{build}/events");
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (last.Id is { } id)
            request.Headers.Add("Last-Event-ID", id);
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
            if (response is null)
                return null;

            if (response.StatusCode is HttpStatusCode.NoContent)
                return "no more";

            var parser = SseParser.Create(await response.Content.ReadAsStreamAsync(token));
            await foreach (var item in parser.EnumerateAsync(token))
            {
                last.Id = parser.LastEventId is { Length: > 0 } seen ? seen : last.Id;
                if (item.EventType is "end")
                    return item.EventType;
            }

            return null;
        }
        catch (Exception e) when (Outage.Is(e, token))
        {
            return null;
        }
    }

    private sealed class LastEvent
    {
        public string? Id { get; set; }
    }
}
