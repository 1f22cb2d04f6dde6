using EventSourced.Domain.Packages.Signing;
using EventSourced.Projections.Packages;
using EventSourced.Workers.Packages.Reports;
using EventSourced.Workers.Packages.Signing;
using EventSourced.Workers.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Packages;

public sealed class PublicKeysTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task A_key_is_fetched_from_a_private_host_that_is_allowed(string host)
    {
        await using var server = await LocalServer.StartAsync(context => context.Response.WriteAsync("armored", Token), Token, host);

        Assert.Equal("armored", await ReadAsync($"{server.Address}key", host));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/key")]
    [InlineData("http://[::1]:1/key")]
    [InlineData("http://[::ffff:10.0.0.1]:1/key")]
    [InlineData("http://2130706433:1/key")]
    public async Task Any_other_private_address_is_refused(string url) =>
        Assert.Contains("private address", await RefusalAsync(url), StringComparison.Ordinal);

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var server = await LocalServer.StartAsync(
            context =>
            {
                context.Response.Redirect("/elsewhere");
                return Task.CompletedTask;
            },
            Token);

        Assert.Contains("302", await RefusalAsync($"{server.Address}key", "127.0.0.1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registered_key_is_not_fetched() => Assert.Equal("registered", await ReadAsync(new SignKeySettings { PublicKey = "registered", PublicUrl = "http://127.0.0.1:1/key" }));

    [Theory]
    [InlineData("/keys/ours")]
    [InlineData("ftp://example.org/key")]
    public async Task What_is_no_http_address_is_refused(string url) => Assert.Contains("is no address", await RefusalAsync(url), StringComparison.Ordinal);

    private static async Task<string> RefusalAsync(string url, params string[] privateHosts) =>
        (await Assert.ThrowsAsync<ReportRefusedException>(() => ReadAsync(url, privateHosts))).Message;

    private static Task<string> ReadAsync(string url, params string[] privateHosts) =>
        ReadAsync(new SignKeySettings { KeyId = "0123456789ABCDEF", PublicUrl = url }, privateHosts);

    private static async Task<string> ReadAsync(SignKeySettings settings, params string[] privateHosts)
    {
        using var keys = new PublicKeys(Options.Create(new VerificationOptions { PrivateKeyHosts = privateHosts }));
        return await keys.ReadAsync(new SignKeyDetails("sign_key-1", 1, settings, DateTimeOffset.UnixEpoch, ArchivedAt: null), Token);
    }
}
