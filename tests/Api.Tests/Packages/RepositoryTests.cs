using EventSourced.Api.Tests.Packages.Albs;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Projections.Packages;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Packages;

public sealed class RepositoryTests(ApiHost host) : IClassFixture<ApiHost>
{
    private readonly AlbsClient albs = new(host);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_repository_goes_back_to_an_earlier_version()
    {
        var id = await TwoVersionsAsync();
        var before = await albs.Http.Get($"/api/repositories/{id}").Expect(200);
        Assert.Equal((2, 2, "deb"), (before.Json.GetProperty("revision").GetInt32(), before.Json.GetProperty("published").GetInt32(), before.Json.GetProperty("type").GetString()));

        await RollBack(id, 1).With("If-Match", "\"1\"").Expect(412);
        var back = await RollBack(id, 1).With("If-Match", before.Header("ETag")).Expect(202);
        Assert.Equal((3, 2), (back.Json.GetProperty("revision").GetInt32(), back.Json.GetProperty("published").GetInt32()));
        Assert.NotEqual(before.Header("ETag"), back.Header("ETag"));

        Assert.Equal(back.Header("ETag"), (await RollBack(id, 1).Expect(202)).Header("ETag")); // a second time
        await PublishAsync(id, 3);
        var versions = (await albs.Http.Get($"/api/repositories/{id}/versions").Expect(200)).Json;
        Assert.Equal(
            [(3, 1, 0, 1), (2, 2, 1, 0), (1, 1, 1, 0)],
            versions.GetProperty("items").EnumerateArray().Select(v => (Number(v, "version"), Number(v, "packages"), Number(v, "added"), Number(v, "removed"))));
        Assert.Equal("user-1", versions.GetProperty("items")[0].GetProperty("publishedBy").GetString());

        static int Number(System.Text.Json.JsonElement version, string name) => version.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task Versions_come_in_pages()
    {
        var id = await TwoVersionsAsync();

        var first = (await albs.Http.Get($"/api/repositories/{id}/versions?limit=1").Expect(200)).Json;
        Assert.Equal((2, 2), (first.GetProperty("items")[0].GetProperty("version").GetInt32(), first.GetProperty("next").GetInt32()));
        var second = (await albs.Http.Get($"/api/repositories/{id}/versions?limit=2&before=2").Expect(200)).Json;
        Assert.Equal([1], second.GetProperty("items").EnumerateArray().Select(v => v.GetProperty("version").GetInt32()));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, second.GetProperty("next").ValueKind);
        await albs.Http.Get($"/api/repositories/{id}/versions?limit=0").Expect(400);
    }

    [Fact]
    public async Task What_cannot_be_gone_back_to_is_refused()
    {
        var id = await TwoVersionsAsync();

        Assert.Equal("repository.version_unknown", (await RollBack(id, 3).Expect(404)).Json.GetProperty("code").GetString());
        Assert.Equal("version", (await RollBack(id, 0).Expect(400)).Json.GetProperty("errors")[0].GetProperty("field").GetString());
        await RollBack(2_000_000_000, 1).Expect(404);
        await albs.Http.Get("/api/repositories/2000000000").Expect(404);
        await albs.Http.Get("/api/repositories/2000000000/versions").Expect(404);
        await albs.Http.Post($"/api/repositories/{id}/rollback", new { version = 1 }).Expect(401);
        await albs.Http.Post($"/api/repositories/{id}/rollback", new { version = 1 }).As(host.NodeToken).Expect(403);
    }

    [Fact]
    public async Task What_failed_for_good_is_not_waited_for_but_what_comes_after_it_is()
    {
        var (build, id) = await BuildAsync();
        Assert.True(await ArePublishedAsync(build, id));

        await AddAsync(id, 1);
        Assert.False(await ArePublishedAsync(build, id));
        await InvokeAsync(new RecordPublicationFailure(new(id), 1, "no space", []));
        Assert.True(await ArePublishedAsync(build, id));

        await AddAsync(id, 2);
        Assert.False(await ArePublishedAsync(build, id));
        await PublishAsync(id, 2);
        Assert.True(await ArePublishedAsync(build, id));
    }

    private HttpScenario RollBack(int id, int version) => albs.Http.Post($"/api/repositories/{id}/rollback", new { version }).As(albs.Admin);

    /// <summary>The first with one package, the second with two.</summary>
    private async Task<int> TwoVersionsAsync()
    {
        var (_, id) = await BuildAsync();
        for (var version = 1; version <= 2; version++)
        {
            await AddAsync(id, version);
            await PublishAsync(id, version);
        }

        return id;
    }

    private async Task<(int Build, int Repository)> BuildAsync()
    {
        var arch = AlbsClient.NewName("a");
        var build = (await albs.SubmitAsync(await albs.CreatePlatformAsync(arch), [arch], "https://git.example.org/a.git")).GetProperty("id").GetInt32();
        return (build, (await albs.Http.Get($"/api/builds/{build}").Expect(200)).Json.GetProperty("repositories")[0].GetProperty("id").GetInt32());
    }

    private Task AddAsync(int id, int number)
    {
        var name = $"p{number}.deb";
        return InvokeAsync(new AddRepositoryPackages(new(id), [new(RepositoryPackage.PathOf(name), name, "/a/", new string((char)('0' + number), 64), 1)]));
    }

    /// <summary>As workers would see to it, nothing that was asked for is left to do.</summary>
    private async Task<bool> ArePublishedAsync(int build, int repository)
    {
        await using var done = host.Database.DataSource.CreateCommand($"delete from es.queue where key = 'repository-{repository}'");
        await done.ExecuteNonQueryAsync(Token);
        await using var session = host.Services.GetRequiredService<IDocumentStore>().QuerySession();
        return await session.ArePublishedAsync(new BuildId(build), Token);
    }

    private Task PublishAsync(int id, int version) => InvokeAsync(new RecordRepositoryVersion(new RepositoryId(id), version, [], SignedBy: null));

    private async Task InvokeAsync(object command)
    {
        await using var scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<MessageContext>().UserName = "user-1";
        await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync(command, Token);
    }
}
