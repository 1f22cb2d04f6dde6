using System.Globalization;
using System.Net;
using EventSourced.Workers.Packages.Nodes;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.SignNode;

/// <summary>The build system as a sign node sees it: its public HTTP API and nothing else.</summary>
public sealed class SignMaster(IOptions<SignNodeOptions> options, TimeProvider time) : MasterConnection(options.Value, time)
{
    /// <summary>For addresses that are not the build system's own: our key is not for them.</summary>
    private readonly HttpClient others = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });

    /// <returns>A task to work on; null when there is none.</returns>
    public async Task<SignTask?> GetTaskAsync(IReadOnlyList<string> keyIds, CancellationToken cancellation)
    {
        using var response = await Polls.PostAsJsonAsync("/api/v1/sign-tasks/get_sign_task/?pings=true", new GetSignTaskRequest(keyIds), NodeJson.Options, cancellation);
        await EnsureSuccessAsync(response, cancellation);
        return await response.Content.ReadFromJsonAsync<SignTask>(NodeJson.Options, cancellation) is { Id: not null } task ? task : null;
    }

    /// <returns>False when the task is not this node's any more.</returns>
    public async Task<bool> PingAsync(int task, CancellationToken cancellation)
    {
        using var response = await Polls.PostAsync($"/api/sign-tasks/{task}/ping", content: null, cancellation);
        if (response.StatusCode is HttpStatusCode.Conflict)
            return false;

        await EnsureSuccessAsync(response, cancellation);
        return true;
    }

    /// <summary>Returns a task unfinished, for another node.</summary>
    public async Task HandBackAsync(int task, int attempt, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/sign-tasks/{task}/hand-back");
        request.Headers.Add("X-Attempt", attempt.ToString(CultureInfo.InvariantCulture));
        using var response = await Calls.SendAsync(request, cancellation);
        await EnsureSuccessAsync(response, cancellation);
    }

    public async Task<ReportAnswer> ReportAsync(int task, int attempt, SignDone report, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/sign-tasks/{task}/complete/") { Content = JsonContent.Create(report, options: NodeJson.Options) };
        request.Headers.Add("X-Attempt", attempt.ToString(CultureInfo.InvariantCulture));
        using var response = await Calls.SendAsync(request, cancellation);
        if (response.StatusCode is HttpStatusCode.Conflict)
            return ReportAnswer.TooLate;

        await EnsureSuccessAsync(response, cancellation);
        return ReportAnswer.Accepted;
    }

    /// <summary>A key that is known already needs nothing.</summary>
    public async Task RegisterAsync(string name, PublicKey key, CancellationToken cancellation)
    {
        var body = new NewSignKey(name, "Key of the built-in sign node.", key.KeyId, key.Fingerprint, key.Armored);
        using var response = await Polls.PostAsJsonAsync("/api/v1/sign-keys/new/", body, NodeJson.Options, cancellation);
        if (response.StatusCode is not HttpStatusCode.BadRequest)
            await EnsureSuccessAsync(response, cancellation);
    }

    /// <returns>Whether there was such a file.</returns>
    public async Task<bool> DownloadAsync(Uri address, string path, CancellationToken cancellation)
    {
        var isOurs = Calls.BaseAddress is { } own && own.Scheme == address.Scheme && own.Authority == address.Authority;
        using var response = await (isOurs ? Calls : others).GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (response.StatusCode is HttpStatusCode.NotFound)
            return false;

        await EnsureSuccessAsync(response, cancellation);
        await using var file = File.Create(path);
        await response.Content.CopyToAsync(file, cancellation);
        return true;
    }
}
