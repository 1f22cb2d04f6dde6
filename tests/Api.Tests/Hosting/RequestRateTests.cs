namespace EventSourced.Api.Tests.Hosting;

/// <summary>One client that runs wild is told to wait, and the others have their turn.</summary>
public sealed class RequestRateTests : IAsyncLifetime
{
    private const int Burst = 10, Many = 60;

    private readonly ApiHost api = new();

    public async ValueTask InitializeAsync()
    {
        api.Settings["Limits:RequestBurst"] = $"{Burst}";
        api.Settings["Limits:RequestsPerSecond"] = "1";
        await api.InitializeAsync();
    }

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact]
    public async Task Too_many_requests_of_a_principal_are_429_in_the_dialects_form_and_say_when_to_come_back()
    {
        var ours = await RefusedAsync("/api/me", api.AdminKey);
        Assert.Equal("rate.limited", ours.Json.GetProperty("code").GetString());
        Assert.InRange(int.Parse(ours.Header("Retry-After"), null), 1, Many);

        var theirs = await RefusedAsync("/api/v1/platforms/", api.AdminKey);
        Assert.Equal("Too many requests; wait.", theirs.Json.GetProperty("detail").GetString());
        Assert.NotEqual("", theirs.Header("Retry-After"));

        // Another principal and those without credential at the same address are other clients, and who watches the host is none.
        await api.Http.Get("/api/me").As(api.NodeToken).Expect(200);
        await api.Http.Get("/api/v1/platforms/").Expect(200);
        await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => api.Http.Get("/health/live").Expect(200)));
    }

    [Fact]
    public async Task Those_without_credential_count_by_their_address()
    {
        await RefusedAsync("/api/v1/platforms/", credential: null);

        await api.Http.Get("/api/v1/platforms/").As(api.AdminKey).Expect(200);
    }

    [Fact]
    public async Task By_default_a_busy_client_is_not_refused()
    {
        await using var host = new ApiHost();
        await host.InitializeAsync();

        await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => host.Http.Get("/api/me").As(host.AdminKey).Expect(200)));
    }

    /// <summary>One of the refused of many at once.</summary>
    private async Task<Answer> RefusedAsync(string url, string? credential)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, Many).Select(_ =>
            (credential is null ? api.Http.Get(url) : api.Http.Get(url).As(credential)).Expect(200, 429)));
        return answers.First(a => a.Status is 429);
    }
}
