using System.Net;
using EventSourced.Api.Hosting.Authentication;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Tests.Accounts;

public sealed class ThrottleTests : IAsyncLifetime
{
    private const int Failures = 5;

    private readonly ApiHost api = new() { Settings = { ["Access:FailedCredentials"] = $"{Failures}", ["Access:ForgivenEvery"] = "00:30:00" } };

    public ValueTask InitializeAsync() => api.InitializeAsync();

    public ValueTask DisposeAsync() => api.DisposeAsync();

    [Fact]
    public async Task After_too_many_failures_an_address_is_told_to_wait_and_a_valid_key_still_works()
    {
        for (var i = 0; i < Failures; i++)
            await api.Http.Get("/api/me").As($"guess-{i}").Expect(401);

        var throttled = await api.Http.Get("/api/me").As("guess-more").Expect(429);

        Assert.InRange(int.Parse(throttled.Header("Retry-After"), null), 1, 1800);
        Assert.Equal("credentials.throttled", throttled.Json.GetProperty("code").GetString());
        await api.Http.Get("/api/me").As(api.AdminKey).Expect(200);
        await api.Http.Get("/api/me").As("guess-again").Expect(429);
    }

    [Fact]
    public async Task Once_throttled_not_even_the_right_password_is_looked_at()
    {
        await api.Http.Post("/api/users", new { login = "ann", password = "correct horse battery" }).As(api.AdminKey).Expect(201);
        await api.Http.Post("/api/tokens", new { login = "ann", password = "correct horse battery" }).Expect(200);

        for (var i = 0; i < Failures; i++)
            await api.Http.Post("/api/tokens", new { login = "ann", password = $"wrong {i}" }).Expect(401);

        var throttled = await api.Http.Post("/api/tokens", new { login = "ann", password = "correct horse battery" }).Expect(429);
        Assert.NotEqual("", throttled.Header("Retry-After"));
    }

    [Fact]
    public async Task Guesses_at_the_same_time_are_no_more_than_one_after_another()
    {
        await api.Http.Post("/api/users", new { login = "bob", password = "correct horse battery" }).As(api.AdminKey).Expect(201);

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(async n => await api.Http.Post("/api/tokens", new { login = "bob", password = $"wrong {n}" }).Expect(401, 429)));

        Assert.Equal(Failures, answers.Count(answer => answer.Status == 401));
        await api.Http.Post("/api/tokens", new { login = "bob", password = "correct horse battery" }).Expect(429);
    }

    [Fact]
    public async Task Right_passwords_use_nothing_up()
    {
        await api.Http.Post("/api/users", new { login = "cat", password = "correct horse battery" }).As(api.AdminKey).Expect(201);

        for (var i = 0; i < 2 * Failures; i++)
            await api.Http.Post("/api/tokens", new { login = "cat", password = "correct horse battery" }).Expect(200);
    }

    [Fact]
    public void Failures_of_one_principal_count_from_whatever_address()
    {
        using var failures = NewFailures();
        for (byte i = 0; i < Failures; i++)
            Assert.Null(failures.Record(new IPAddress([10, 0, 0, i]), "user-7"));

        Assert.NotNull(failures.Record(new IPAddress([10, 0, 0, 99]), "user-7"));
        Assert.Null(failures.Begin(new IPAddress([10, 0, 0, 98]), "user-8"));
    }

    [Fact]
    public void Addresses_of_one_network_of_version_6_count_together()
    {
        using var failures = NewFailures();
        for (var i = 0; i < Failures; i++)
            Assert.Null(failures.Record(IPAddress.Parse($"2001:db8:1:1::{i}"), null));

        Assert.NotNull(failures.Record(IPAddress.Parse("2001:db8:1:1:ffff::1"), null));
    }

    private static FailedCredentials NewFailures() =>
        new(Options.Create(new AccessOptions { FailedCredentials = Failures, ForgivenEvery = TimeSpan.FromHours(1) }));
}
