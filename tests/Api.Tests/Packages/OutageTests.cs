using EventSourced.Api.Tests.Packages.Albs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventSourced.Api.Tests.Packages;

public sealed class OutageTests(ApiHost host) : IClassFixture<ApiHost>
{
    private const string Arch = "outage";
    private const string Unknown = "does not tell which tasks are ready";

    private readonly AlbsClient albs = new(host);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private bool Noticed => host.Log.Text.Contains(Unknown, StringComparison.Ordinal);

    [Fact]
    public async Task A_waiting_node_and_its_host_outlive_an_outage_of_the_database()
    {
        var platform = await albs.CreatePlatformAsync(Arch);
        var node = AskUntilAnsweredAsync(() => ClaimAsync(Arch, wait: 60));
        for (var outage = 0; outage < 10 && !Noticed; outage++)
        {
            await AskUntilAnsweredAsync(() => ClaimAsync("none", wait: 1)); // by now the node waits too
            await OutageAsync(lastsAtMost: TimeSpan.FromSeconds(5));
        }

        Assert.True(Noticed, host.Log.Text);
        await AskUntilAnsweredAsync(() => SubmitAsync(platform));
        Assert.Equal(Arch, (await node.WaitAsync(TimeSpan.FromSeconds(30), Token)).Json.GetProperty("arch").GetString());
        Assert.False(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
    }

    private Task<Answer> ClaimAsync(string arch, int wait) =>
        albs.Http.Post($"/api/v1/build_node/get_task?wait={wait}", new { supported_arches = new[] { arch } }).As(host.NodeToken).Expect(200, 503);

    /// <summary>As nodes do: 503 means to ask again, a little later.</summary>
    private static async Task<Answer> AskUntilAnsweredAsync(Func<Task<Answer>> ask)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            if (await ask() is { Status: 200 } answer)
                return answer;

            await pause.WaitForNextTickAsync(Token);
        }
    }

    private Task<Answer> SubmitAsync(string platform) => albs.Http.Post("/api/v1/builds/", new
    {
        platforms = new[] { new { name = platform, arch_list = new[] { Arch } } },
        tasks = new[] { new { url = "https://git.example.org/a.git", git_ref = "main" } },
    }).As(albs.Admin).Expect(200, 503);

    /// <summary>Until the host has noticed.</summary>
    private async Task OutageAsync(TimeSpan lastsAtMost)
    {
        await using var outage = await host.Database.ShutAsync(Token);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        enough.CancelAfter(lastsAtMost);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!enough.IsCancellationRequested && !Noticed)
            await look.WaitForNextTickAsync(Token);
    }
}
