using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>A client that repeats a command only with the Idempotency-Key of the first try, until it is answered.</summary>
internal sealed class PatientClient(Installation installation, string credential) : IDisposable
{
    /// <summary>Longer than several outages in a row.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly HttpClient http = new()
    {
        BaseAddress = installation.Address,
        Timeout = TimeSpan.FromSeconds(60),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", credential) },
    };

    public void Dispose() => http.Dispose();

    /// <returns>The body of the answer.</returns>
    public Task<string> PostAsync(string path, string idempotencyKey, object body, CancellationToken token) => SendAsync(HttpMethod.Post, path, idempotencyKey, body, token);

    /// <inheritdoc cref="PostAsync"/>
    public Task<string> SendAsync(HttpMethod method, string path, string idempotencyKey, object body, CancellationToken token) => UntilAnsweredAsync(async () =>
    {
        using var request = new HttpRequestMessage(method, path) { Headers = { { "Idempotency-Key", idempotencyKey } }, Content = JsonContent.Create(body) };
        return await OnceAsync(request, token);
    }, token);

    public Task<string> GetAsync(string path, CancellationToken token) => UntilAnsweredAsync(async () =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await OnceAsync(request, token);
    }, token);

    /// <summary>A command that is new.</summary>
    /// <returns>How it is answered.</returns>
    public async Task<HttpStatusCode> PostAnewAsync(string path, CancellationToken token)
    {
        using var response = await http.PostAsJsonAsync(path, new { }, token);
        return response.StatusCode;
    }

    public async Task<byte[]> GetBytesAsync(string path, CancellationToken token) => await http.GetByteArrayAsync(path, token);

    /// <returns>Null when nobody knows whether it happened.</returns>
    public async Task<string?> OnceAsync(HttpRequestMessage request, CancellationToken token)
    {
        try
        {
            using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, token);
            return response is null ? null : await response.Content.ReadAsStringAsync(token);
        }
        catch (Exception e) when (Outage.Is(e, token))
        {
            return null;
        }
    }

    /// <returns>Null when it cannot be answered now.</returns>
    public async Task<HttpResponseMessage?> SendAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken token)
    {
        var response = await http.SendAsync(request, completion, token);
        if (response.IsSuccessStatusCode)
            return response;

        using (response)
        {
            // An outage of the database is told as such; anything else would be an answer.
            var body = await response.Content.ReadAsStringAsync(token);
            Assert.True(Outage.Is(response.StatusCode), $"{request.Method} {request.RequestUri} answered {(int)response.StatusCode}: {body}");
            return null;
        }
    }

    public async Task<T> UntilAnsweredAsync<T>(Func<Task<T?>> attempt, CancellationToken token) where T : class
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await attempt() is { } answer)
                return answer;

            Assert.True(Stopwatch.GetElapsedTime(begun) < Longest, $"Not answered within {Longest.TotalMinutes:0} min.");
            await installation.ReadyAsync(token);
        }
    }
}
