using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Projections.Tests.Packages.Samples;

namespace EventSourced.Projections.Tests.Packages;

public sealed class RepositoryDetailsTests(PackagesDatabase packages) : IClassFixture<PackagesDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_repository_shows_its_settings_and_versions()
    {
        var id = new RepositoryId(5001);
        var made = new NewRepository(id, new("devel", "x86_64", "rpm", true), new() { Url = "https://a.example.org/", Priority = 10, Production = true }, OwnerId: 7);
        await packages.StartAsync(CreateRepositoryHandler.Handle(new(made)));
        await packages.AppendAsync(
            id.StreamKey, new RepositoryUpdated(id, new() { Url = "https://b.example.org/" }),
            new RepositoryPackagesAdded(id, 1, [new("Packages/t/t.rpm", "t.rpm", "/a/1/", "aa", 1)]), new RepositoryVersionPublished(id, 1, [], "AB12"),
            new RepositoryPackagesAdded(id, 2, [new("Packages/u/u.rpm", "u.rpm", "/a/2/", "bb", 1)]));

        Assert.Equal(
            new RepositoryDetails(
                "repository-5001", 5001, "devel", "x86_64", "rpm", true, new() { Url = "https://b.example.org/", Priority = 10, Production = true }, 7, null, null,
                Revision: 2, Published: 1, "AB12"),
            await packages.LoadAsync<RepositoryDetails>("repository-5001"));
    }

    [Fact]
    public async Task It_shows_why_it_is_not_published_until_it_is()
    {
        var id = new RepositoryId(5002);
        await packages.StartAsync(CreateRepositoryHandler.Handle(new(new(id, new("failing", "x86_64", "rpm", false), new() { Production = true }))));
        await packages.AppendAsync(id.StreamKey, new RepositoryPackagesAdded(id, 1, []), new RepositoryPublicationFailed(id, 1, "no space", []));
        Assert.Equal(new FailedPublication(1, "no space"), (await packages.LoadAsync<RepositoryDetails>(id.StreamKey))!.Failure);

        await packages.AppendAsync(id.StreamKey, new ReleasePackagesUndone(id, new(5), 2, 2, [], ["x"]), new RepositoryVersionPublished(id, 2, [], null));
        var published = await packages.LoadAsync<RepositoryDetails>(id.StreamKey);
        Assert.Equal((2, 2, null), (published!.Revision, published.Published, published.Failure));
    }

    [Fact]
    public async Task The_repositories_of_builds_are_found_in_order()
    {
        var first = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("a"));
        var second = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("a"));

        var found = await packages.ReadAsync(s => s.RepositoriesOfBuildsAsync([second.BuildId.Value, first.BuildId.Value], Token));

        Assert.Equal(first.Repositories.Concat(second.Repositories).Select(r => r.Value), found.Select(r => r.Number));
        Assert.Equal($"Debian-12-amd64-{first.BuildId.Value}-br", found[0].Name);
        Assert.Equal((first.BuildId.Value, 8), (found[0].BuildId, found[0].PlatformId));
    }

    [Fact]
    public async Task A_repository_is_found_by_name()
    {
        var build = await packages.RequestAsync(BuildForm.Documented, [Debian("amd64")], Source("a"));

        var found = Assert.Single(await packages.ReadAsync(s => s.RepositoriesNamedAsync($"Debian-12-amd64-{build.BuildId.Value}-debug-br", Token)));

        Assert.Equal((build.Repositories[1].Value, true, "deb"), (found.Number, found.Debug, found.Type));
    }
}
