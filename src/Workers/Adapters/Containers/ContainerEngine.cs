using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Adapters.Containers;

/// <summary>
/// A container engine by the Docker Engine API. Every call throws <see cref="ContainerEngineException"/> when the engine refuses or does not answer. What is to
/// go and is not there has gone.
/// </summary>
public sealed class ContainerEngine(IOptions<ContainerOptions> options) : IDisposable
{
    private readonly EngineConnection? _connection = options.Value.Engine is { } address ? new EngineConnection(address) : null;

    /// <summary>Whether there is one to ask.</summary>
    public bool IsConfigured => _connection is not null;

    private EngineConnection Connection => _connection ?? throw new InvalidOperationException("Containers:Engine is not set.");

    public void Dispose() => _connection?.Dispose();

    /// <summary>Returns when it answers.</summary>
    public async Task PingAsync(CancellationToken cancellation) => await SendAsync(HttpMethod.Get, "/_ping", content: null, cancellation);

    /// <returns>Null when the engine does not have it.</returns>
    public async Task<EngineImage?> FindImageAsync(string name, CancellationToken cancellation)
    {
        try
        {
            return await AskAsync<EngineImage>(HttpMethod.Get, $"/images/{Uri.EscapeDataString(name)}/json", content: null, cancellation);
        }
        catch (ContainerEngineException e) when (e.Status is HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Fetches an image from the registry that its name tells.</summary>
    public async Task PullAsync(string name, CancellationToken cancellation)
    {
        // Without a tag the engine would fetch all of them.
        var query = name.Contains('@', StringComparison.Ordinal) || name[(name.LastIndexOf('/') + 1)..].Contains(':', StringComparison.Ordinal) ? name : $"{name}:latest";
        using var answer = await Connection.SendAsync(HttpMethod.Post, $"/images/create?fromImage={Uri.EscapeDataString(query)}", content: null, upgrade: false, cancellation);
        try
        {
            await using var lines = await answer.Content.ReadAsStreamAsync(cancellation);
            await foreach (var line in JsonSerializer.DeserializeAsyncEnumerable<EngineProgress>(lines, topLevelValues: true, EngineConnection.Json, cancellation))
            {
                // It has answered 200 before it knows.
                if (line?.Error is { } error)
                    throw new ContainerEngineException(error, HttpStatusCode.BadGateway);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
        {
            throw Connection.Unavailable(e);
        }
    }

    /// <param name="id">Or name.</param>
    /// <param name="cancellation">Cancels.</param>
    public Task RemoveImageAsync(string id, CancellationToken cancellation) => DeleteAsync($"/images/{Uri.EscapeDataString(id)}?force=1", cancellation);

    /// <returns>The container's id.</returns>
    public async Task<string> CreateAsync(string name, ContainerSpec spec, CancellationToken cancellation)
    {
        using var content = JsonContent.Create(spec, options: EngineConnection.Json);
        return (await AskAsync<EngineId>(HttpMethod.Post, $"/containers/create?name={name}", content, cancellation)).Id;
    }

    /// <summary>What it writes from its start on. To be called before that.</summary>
    public async Task<ContainerStreams> AttachAsync(string id, CancellationToken cancellation)
    {
        var answer = await Connection.SendAsync(HttpMethod.Post, $"/containers/{id}/attach?stream=1&stdin=1&stdout=1&stderr=1", content: null, upgrade: true, cancellation);
        return new ContainerStreams(answer, await answer.Content.ReadAsStreamAsync(cancellation), Connection);
    }

    public Task StartAsync(string id, CancellationToken cancellation) => SendAsync(HttpMethod.Post, $"/containers/{id}/start", content: null, cancellation);

    /// <returns>Its exit code, once it has ended; 128 + signal when it was killed.</returns>
    public async Task<int> WaitAsync(string id, CancellationToken cancellation) =>
        (await AskAsync<EngineExit>(HttpMethod.Post, $"/containers/{id}/wait", content: null, cancellation)).StatusCode;

    /// <summary>With all its processes and whatever it wrote.</summary>
    /// <param name="id">Or name.</param>
    /// <param name="cancellation">Cancels.</param>
    public Task RemoveAsync(string id, CancellationToken cancellation) => DeleteAsync($"/containers/{id}?force=1&v=1", cancellation);

    /// <summary>Unpacks a tar into the root of a container that does not run.</summary>
    public async Task UnpackAsync(string id, Stream tar, CancellationToken cancellation)
    {
        using var content = new StreamContent(tar);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-tar");
        await SendAsync(HttpMethod.Put, $"/containers/{id}/archive?path=/", content, cancellation);
    }

    /// <summary>Makes an image of a container's files; it has the container's labels.</summary>
    public async Task CommitAsync(string id, string repository, string tag, CancellationToken cancellation) =>
        await AskAsync<EngineId>(HttpMethod.Post, $"/commit?container={id}&repo={repository}&tag={tag}", content: null, cancellation);

    /// <summary>All of them, also those that do not run.</summary>
    /// <param name="label"><c>name=value</c>.</param>
    /// <param name="cancellation">Cancels.</param>
    public Task<IReadOnlyList<EngineThing>> ContainersAsync(string label, CancellationToken cancellation) => ListAsync("/containers/json?all=1&filters=", label, cancellation);

    /// <inheritdoc cref="ContainersAsync"/>
    public Task<IReadOnlyList<EngineThing>> ImagesAsync(string label, CancellationToken cancellation) => ListAsync("/images/json?filters=", label, cancellation);

    private Task<IReadOnlyList<EngineThing>> ListAsync(string path, string label, CancellationToken cancellation) => AskAsync<IReadOnlyList<EngineThing>>(
        HttpMethod.Get, path + Uri.EscapeDataString(JsonSerializer.Serialize(new Dictionary<string, string[]> { ["label"] = [label] })), content: null, cancellation);

    private async Task DeleteAsync(string path, CancellationToken cancellation)
    {
        try
        {
            await SendAsync(HttpMethod.Delete, path, content: null, cancellation);
        }
        catch (ContainerEngineException e) when (e.Status is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // Gone, or going.
        }
    }

    private async Task SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
    {
        using var answer = await Connection.SendAsync(method, path, content, upgrade: false, cancellation);
    }

    private async Task<T> AskAsync<T>(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
    {
        using var answer = await Connection.SendAsync(method, path, content, upgrade: false, cancellation);
        return await Connection.ReadAsync<T>(answer, cancellation);
    }
}
