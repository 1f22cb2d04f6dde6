extern alias workers;

using EventSourced.Api.Tests.Packages.Albs;
using Microsoft.Extensions.DependencyInjection;
using workers::EventSourced.Workers.Packages.Lists;

namespace EventSourced.Api.Tests.Packages;

public sealed class BuildCountTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    private readonly AlbsClient albs = new(hosts.Api);

    [Fact]
    public async Task What_the_workers_add_up_leaves_the_totals_as_they_are()
    {
        var platform = await albs.CreatePlatformAsync("counted");
        for (var n = 0; n < 3; n++)
            await albs.SubmitAsync(platform, ["counted"], "https://git.example.org/counted.git");

        Assert.Equal(3L, await RowsAsync());
        await hosts.Workers.GetRequiredService<BuildCountSums>().AddUpAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1L, await RowsAsync());
        var page = (await albs.Http.Get("/api/v1/builds/?pageNumber=1&build_task_arch=counted&project=counted").Expect(200)).Json;
        Assert.Equal((3, 3), (page.GetProperty("builds").GetArrayLength(), page.GetProperty("total_builds").GetInt32()));
    }

    private async Task<object?> RowsAsync()
    {
        await using var count = hosts.Api.Database.DataSource.CreateCommand("select count(*) from es.build_counts");
        return await count.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
