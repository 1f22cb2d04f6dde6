using System.Globalization;
using System.Net;
using EventSourced.Workers.Adapters.Downloads;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Nodes;

public enum ReportAnswer
{
    Accepted,

    /// <summary>Another report of the task was first, or this attempt is over.</summary>
    TooLate,
}

/// <summary>The build system as a build node sees it: its public HTTP API and nothing else.</summary>
public sealed class MasterClient(IOptions<NodeOptions> options, TimeProvider time) : MasterConnection(options.Value, time)
{
    /// <returns>A task to work on; null when there is none.</returns>
    public async Task<NodeTask?> GetTaskAsync(NodeOptions node, CancellationToken cancellation)
    {
        var wait = node.PollWait.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        using var response = await Polls.PostAsJsonAsync(
            $"/api/v1/build_node/get_task?wait={wait}", new GetTaskRequest(node.Arches, node.ExcludedPackages), NodeJson.Options, cancellation);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<NodeTask?>(NodeJson.Options, cancellation);
    }

    /// <returns>Those of <paramref name="activeTasks"/> that this node does not hold any more.</returns>
    public async Task<IReadOnlyList<int>> PingAsync(IReadOnlyList<int> activeTasks, CancellationToken cancellation)
    {
        using var response = await Polls.PostAsJsonAsync("/api/v1/build_node/ping", new PingRequest(activeTasks), NodeJson.Options, cancellation);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<PingResponse>(NodeJson.Options, cancellation))?.LostTasks ?? [];
    }

    public async Task<ReportAnswer> ReportAsync(BuildReport report, int attempt, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/build_node/build_done") { Content = JsonContent.Create(report, options: NodeJson.Options) };
        request.Headers.Add("X-Attempt", attempt.ToString(CultureInfo.InvariantCulture));
        using var response = await Calls.SendAsync(request, cancellation);
        if (response.StatusCode is HttpStatusCode.Conflict)
            return ReportAnswer.TooLate;

        await EnsureSuccessAsync(response, cancellation);
        return ReportAnswer.Accepted;
    }

    /// <summary>Returns a task unfinished, for another node.</summary>
    public async Task HandBackAsync(NodeTask task, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/build-tasks/{task.Id}/hand-back");
        request.Headers.Add("X-Attempt", task.Attempt.ToString(CultureInfo.InvariantCulture));
        using var response = await Calls.SendAsync(request, cancellation);
        await EnsureSuccessAsync(response, cancellation);
    }

    /// <summary>Appends to the task's running log. The same bytes at the same offset may be sent again.</summary>
    /// <returns>False when the task is not this node's any more.</returns>
    public async Task<bool> WriteLogAsync(NodeTask task, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/build-tasks/{task.Id}/log?offset={offset}") { Content = new ReadOnlyMemoryContent(bytes) };
        request.Headers.Add("X-Attempt", task.Attempt.ToString(CultureInfo.InvariantCulture));
        request.Content.Headers.ContentType = new("application/octet-stream");
        using var response = await Calls.SendAsync(request, cancellation);
        if (response.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.Forbidden)
            return false;

        await EnsureSuccessAsync(response, cancellation);
        return true;
    }

    /// <summary>Fetches a source package that another task made; waits for its repository to be published.</summary>
    /// <exception cref="DownloadException">Not there, or too long.</exception>
    public async Task FetchAsync(Uri url, string path, long limitBytes, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        using var response = await Calls.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (!response.IsSuccessStatusCode)
            throw new DownloadException($"{url} answered {(int)response.StatusCode}.");

        await BoundedCopy.ToFileAsync(response.Content, path, limitBytes, cancellation);
    }
}
