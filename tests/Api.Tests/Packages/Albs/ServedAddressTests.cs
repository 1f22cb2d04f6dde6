using System.Text;
using System.Text.Json;
using EventSourced.Api.Packages;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.ServiceDefaults.Artifacts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Tests.Packages.Albs;

/// <summary>A production repository answers at its URL, in whatever form that was sent (albs 4.5, 6.1).</summary>
public sealed class ServedAddressTests(ApiHost host) : IClassFixture<ApiHost>
{
    private const string Index = "repodata/repomd.xml";

    private readonly AlbsClient albs = new(host);
    private readonly string name = AlbsClient.NewName("P");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Path => $"/pulp/content/prod/{name}-x86_64/";

    [Fact]
    public async Task A_repository_that_is_sent_back_as_it_was_read_stays_as_it_is()
    {
        var read = await MakeAsync(Path);
        await PublishAsync(read);
        var before = await EventsAsync();

        await PutAsync(read);

        Assert.Equal(before, await EventsAsync());
        Assert.Equal($"http://localhost{Path}", read.GetProperty("url").GetString());
        await albs.Http.Get(Path + Index).Expect(200);
    }

    [Theory]
    [InlineData("", "http://localhost/pulp/content/prod/NAME-x86_64/")]
    [InlineData("", "https://LOCALHOST/pulp/content/prod/NAME-x86_64")]
    [InlineData("", "/pulp/content/prod/NAME-x86_64")]
    [InlineData("++", "/pulp/content/prod/NAME-x86_64/")]
    [InlineData("++", "http://localhost/pulp/content/prod/NAME-x86_64")]
    [InlineData("", "/pulp/content/prod/NAME-other/")]
    public async Task Every_form_of_an_address_of_ours_is_served(string suffix, string form)
    {
        var repository = name + suffix;
        var read = await MakeAsync(form.Replace("NAME", repository, StringComparison.Ordinal), repository);
        await PublishAsync(read);

        await albs.Http.Get(read.GetProperty("url").GetString() + Index).Expect(200);
        Assert.Equal(1L, await OpeningsAsync(read));
    }

    [Theory]
    [InlineData("/pulp/content/prod/other-x86_64/")]
    [InlineData("http://localhost/pulp/content/prod/other-x86_64/")]
    [InlineData("/pulp/content/prod/NAME-x86_64/sub/")]
    [InlineData("http://localhost/pulp/content/prod/NAME-x86_64/?a=b")]
    [InlineData("/pulp/content/prod/")]
    public async Task An_address_that_would_never_answer_is_refused(string form)
    {
        await MakeAsync("https://mirror.example.org/");
        var before = await EventsAsync();
        var repository = Production(form.Replace("NAME", name, StringComparison.Ordinal), name);

        var refused = await albs.Http.Put("/api/v1/platforms/", new { name, repos = new[] { repository } }).As(albs.Admin).Expect(422);
        await albs.Http.Post("/api/v1/platforms/", Platform(AlbsClient.NewName("Q"), Production(form.Replace("NAME", $"{name}b", StringComparison.Ordinal), $"{name}b"))).As(albs.Admin).Expect(422);

        Assert.Contains(name, refused.Json.GetProperty("detail")[0].GetProperty("msg").GetString(), StringComparison.Ordinal);
        Assert.Equal(before, await EventsAsync());
    }

    [Theory]
    [InlineData("http://localhost/pulp/content/prod/NAME-x86_64/")]
    [InlineData("/pulp/content/prod/NAME-x86_64")]
    public async Task A_taken_address_is_taken_in_every_form(string form)
    {
        await MakeAsync(Path);

        var other = Production(form.Replace("NAME", name, StringComparison.Ordinal), name, "aarch64");
        await albs.Http.Post("/api/v1/platforms/", Platform(AlbsClient.NewName("Q"), other)).As(albs.Admin).Expect(409);
    }

    [Fact]
    public async Task What_was_recorded_with_an_address_is_served_and_keeps_its_place()
    {
        var read = await MakeAsync(Path);
        await PublishAsync(read);
        await RecordAsync(read, new() { Url = $"http://localhost{Path}" });

        await albs.Http.Get(Path + Index).Expect(200);
        await albs.Http.Post("/api/v1/platforms/", Platform(AlbsClient.NewName("Q"), Production(Path, name, "aarch64"))).As(albs.Admin).Expect(409);

        await PutAsync(await ReadAsync(name));
        var state = (await albs.Http.Get($"/api/streams/state?key=repository-{Id(read)}").As(albs.Admin).Expect(200)).Json;
        Assert.Equal(Path, state.GetProperty("state").GetProperty("Settings").GetProperty("Url").GetString());
    }

    [Fact]
    public async Task A_repository_that_becomes_production_is_opened()
    {
        var read = await MakeAsync("https://mirror.example.org/", production: false);
        Assert.Equal(0L, await OpeningsAsync(read));

        await PutAsync(Production(Path, name));
        await PutAsync(Production(Path, name));

        Assert.Equal(1L, await OpeningsAsync(read));
    }

    [Fact]
    public async Task One_that_is_no_longer_production_leaves_its_address_to_another()
    {
        var first = await MakeAsync(Path);
        await PublishAsync(first);
        await PutAsync(new { name, arch = "x86_64", url = Path, type = "rpm", production = false });
        await albs.Http.Get(Path + Index).Expect(404);

        await albs.Http.Post("/api/v1/platforms/", Platform(AlbsClient.NewName("Q"), Production(Path, name, "aarch64"))).As(albs.Admin).Expect(200);
        var all = (await albs.Http.Get("/api/v1/repositories/").As(albs.Admin).Expect(200)).Json.EnumerateArray();
        await PublishAsync(all.Single(r => r.GetProperty("name").GetString() == name && r.GetProperty("arch").GetString() == "aarch64"));

        await albs.Http.Get(Path + Index).Expect(200);
    }

    [Theory]
    [InlineData("https://cdn.example.org/mirror/", "https://cdn.example.org/mirror/pulp/content/prod/a-b/", "/pulp/content/prod/a-b/")]
    [InlineData("https://cdn.example.org/mirror/", "https://cdn.example.org/pulp/content/prod/a-b/", null)]
    [InlineData("https://cdn.example.org/mirror/", "http://api.example.org:8080/pulp/content/prod/a-b/?c#d", "/pulp/content/prod/a-b/?c#d")]
    [InlineData(null, "http://api.example.org:8080/pulp/content/builds/a/", "/pulp/content/builds/a/")]
    [InlineData(null, "http://api.example.org/pulp/content/builds/a/", null)]
    [InlineData(null, "http://api.example.org:8080/mirror/a/", null)]
    [InlineData(null, "ftp://api.example.org:8080/pulp/content/prod/a-b/", null)]
    [InlineData(null, "/pulp/content/prod/a-b/", null)]
    public void Only_content_of_ours_becomes_a_path(string? configured, string url, string? path)
    {
        var urls = new ContentUrls(Options.Create(new PackagesOptions { ContentUrl = configured is null ? null : new(configured) }));
        var request = new DefaultHttpContext { Request = { Scheme = "http", Host = new("api.example.org:8080") } }.Request;

        Assert.Equal(path ?? url, urls.PathOf(url, request));
        if (path is ['/', .., '/'])
            Assert.Equal(url, urls.Absolute(path, request));
    }

    /// <summary>A platform with one repository; what clients read of that.</summary>
    private async Task<JsonElement> MakeAsync(string url, string? repository = null, bool production = true)
    {
        var made = new { name = repository ?? name, arch = "x86_64", url, type = "rpm", debug = false, production };
        await albs.Http.Post("/api/v1/platforms/", Platform(name, made)).As(albs.Admin).Expect(200);
        return await ReadAsync(repository ?? name);
    }

    private async Task<JsonElement> ReadAsync(string repository) => (await albs.Http.Get("/api/v1/repositories/").As(albs.Admin).Expect(200)).Json
        .EnumerateArray().Single(r => r.GetProperty("name").GetString() == repository);

    private Task<Answer> PutAsync(object repository) => albs.Http.Put("/api/v1/platforms/", new { name, repos = new[] { repository } }).As(albs.Admin).Expect(200);

    private static object Platform(string name, object repository) =>
        new { name, type = "rpm", distr_type = "demo", distr_version = "9", arch_list = new[] { "x86_64" }, repos = new[] { repository } };

    private static object Production(string url, string name, string arch = "x86_64") => new { name, arch, url, type = "rpm", debug = false, production = true };

    /// <summary>As the workers do it.</summary>
    private async Task PublishAsync(JsonElement repository)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var file = await scope.ServiceProvider.GetRequiredService<IArtifactStore>().PutAsync(new MemoryStream(Encoding.UTF8.GetBytes("index")), Token);
        var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
        await bus.InvokeAsync(new OpenRepository(new(Id(repository))), Token);
        await bus.InvokeAsync(new RecordRepositoryVersion(new(Id(repository)), 1, [new(Index, file.Sha256, file.SizeBytes)], SignedBy: "AB12"), Token);
    }

    private async Task RecordAsync(JsonElement repository, RepositorySettings changes)
    {
        await using var session = host.Services.GetRequiredService<IDocumentStore>().LightweightSession();
        var id = new RepositoryId(Id(repository));
        session.Events.Append(id.StreamKey, new RepositoryUpdated(id, changes));
        await session.SaveChangesAsync(Token);
    }

    private Task<long> EventsAsync() => CountAsync("select count(*) from mt_events");

    private Task<long> OpeningsAsync(JsonElement repository) =>
        CountAsync($"select count(*) from es.queue where key = 'repository-{Id(repository)}' and type like '%.OpenRepository'");

    private async Task<long> CountAsync(string sql)
    {
        await using var count = host.Database.DataSource.CreateCommand(sql);
        return (long)(await count.ExecuteScalarAsync(Token))!;
    }

    private static int Id(JsonElement repository) => repository.GetProperty("id").GetInt32();
}
