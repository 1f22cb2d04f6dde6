using EventSourced.Workers.Adapters.Downloads;
using EventSourced.Workers.Adapters.Git;
using EventSourced.Workers.Adapters.Sandbox;
using EventSourced.Workers.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Adapters;

public sealed class SourceDownloadTests : IDisposable
{
    private const int LimitBytes = 1 << 20;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_comes_out_as_it_is_also_over_a_redirect()
    {
        await using var server = await LocalServer.StartAsync(
            context =>
            {
                if (context.Request.Path != "/moved")
                    return context.Response.WriteAsync("content", Cancellation);

                context.Response.Redirect("/here");
                return Task.CompletedTask;
            },
            Cancellation);

        await FetchAsync($"{server.Address}moved");

        Assert.Equal("content", await File.ReadAllTextAsync(_folder["file"], Cancellation));
    }

    [Fact]
    public async Task A_redirect_to_a_private_address_is_refused()
    {
        await using var server = await LocalServer.StartAsync(
            context =>
            {
                context.Response.Redirect("http://127.0.0.2:1/secret");
                return Task.CompletedTask;
            },
            Cancellation);

        Assert.Contains("private address", await RefusalAsync($"{server.Address}x"));
    }

    [Fact]
    public async Task What_is_too_long_is_refused_whether_it_says_so_or_not()
    {
        await using var server = await LocalServer.StartAsync(
            async context =>
            {
                for (var i = 0; i < 20; i++)
                    await context.Response.Body.WriteAsync(new byte[LimitBytes / 10], context.RequestAborted);
            },
            Cancellation);

        Assert.Contains("longer than", await RefusalAsync($"{server.Address}x"));
    }

    [Fact]
    public async Task A_server_that_never_ends_is_left()
    {
        await using var server = await LocalServer.StartAsync(context => new TaskCompletionSource().Task.WaitAsync(context.RequestAborted), Cancellation);

        Assert.Contains("could not be fetched within", await RefusalAsync($"{server.Address}x", TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task An_error_is_refused_with_its_status()
    {
        await using var server = await LocalServer.StartAsync(
            context =>
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            },
            Cancellation);

        Assert.Contains("answered 404", await RefusalAsync($"{server.Address}x"));
    }

    [Theory]
    [InlineData("file:///etc/passwd", "by https and http")]
    [InlineData("ftp://127.0.0.1/x", "by https and http")]
    [InlineData("http://user:word@127.0.0.1/x", "without credentials")]
    [InlineData("http://[::1]:1/x", "private address")]
    [InlineData("http://localhost:1/x", "private address")]
    [InlineData("http://169.254.169.254/latest", "private address")]
    [InlineData("http://[::ffff:10.0.0.1]/x", "private address")]
    [InlineData("http://2130706434/x", "private address")]
    [InlineData("http://127.0.0.1:1/x", "could not be fetched")]
    public async Task An_address_that_is_not_for_users_is_refused(string url, string reason) => Assert.Contains(reason, await RefusalAsync(url));

    private async Task<string> RefusalAsync(string url, TimeSpan? limit = null) =>
        (await Assert.ThrowsAsync<DownloadException>(() => FetchAsync(url, limit))).Message;

    private async Task FetchAsync(string url, TimeSpan? limit = null)
    {
        using var download = new SourceDownload(
            Options.Create(new GitOptions { PrivateHosts = ["127.0.0.1"], FetchTime = limit ?? TimeSpan.FromMinutes(1) }),
            Options.Create(new SandboxOptions { FileBytes = LimitBytes }), TimeProvider.System);
        await download.FetchAsync(new Uri(url), _folder["file"], long.MaxValue, Cancellation);
    }
}
