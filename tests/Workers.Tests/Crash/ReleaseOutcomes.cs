using System.Net;
using System.Text.Json;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>What releases brought to clients, and that asking for them again brings nothing more.</summary>
internal sealed class ReleaseOutcomes(Database database, Acknowledged acknowledged, PatientClient client)
{
    private const int Repeated = 20;

    private readonly Dictionary<string, ILookup<string, string>> indexes = [];

    // Of versions before the last one clients still hold the indexes that are named by their digest.
    private const string PublishedFiles =
        """
        select r.url || (m ->> 'Path') || ' ' || (m ->> 'Sha256') from (
            select data -> 'Metadata' as files, row_number() over (partition by stream_id order by version desc) as age,
                (select c.data -> 'Settings' ->> 'Url' from mt_events c where c.stream_id = e.stream_id and c.type = 'repository_created') as url
            from mt_events e where type = 'repository_version_published') r, jsonb_array_elements(r.files) m
        where r.age = 1 or (r.age <= 3 and m ->> 'Path' like '%/by-hash/%')
        """;

    /// <summary>Every release that was acknowledged is completed, and each repository of its plan serves its packages.</summary>
    public async Task AssertCompletedAsync(CancellationToken token)
    {
        Assert.NotEmpty(acknowledged.Releases);
        var builds = acknowledged.Builds.Values.ToDictionary(build => build.Id, build => build.Order.Platform);
        var packagesOf = await BuiltPackages.ReadAsync(database, token);
        foreach (var (id, build, _) in acknowledged.Releases.Values)
        {
            var (status, plan) = await ReleaseClient.ReadAsync(client, id, token);
            Assert.Equal(ReleaseClient.Completed, status);
            var built = packagesOf[build];
            var packages = plan.GetProperty("packages").EnumerateArray().ToDictionary(PathOf, package => package.GetProperty("repositories"));
            Assert.Equal(built.Keys.Order(StringComparer.Ordinal), packages.Keys.Order(StringComparer.Ordinal));
            foreach (var (path, digest) in built)
                await AssertServedAsync(path, digest, packages[path], builds[build], token);
        }
    }

    /// <summary>A client of any repository finds every file of what it was told.</summary>
    public async Task AssertPublishedFilesAsync(CancellationToken token)
    {
        var files = await database.ListAsync(PublishedFiles, token);
        Assert.NotEmpty(files);
        foreach (var file in files.Select(line => line.Split(' ')))
            Assert.Equal(file[1], Outcomes.DigestOf(await client.GetBytesAsync(file[0], token)));
    }

    /// <summary>Who repeats a plan or a commit is answered as then; a new commit is refused; no stream of a release or repository grows by any of it.</summary>
    public async Task AssertRepeatsAsync(CancellationToken token)
    {
        const string Growth = "select count(*) from mt_events where stream_id like 'release-%' or stream_id like 'repository-%'";
        var before = await database.NumberAsync(Growth, token);
        foreach (var (key, release) in acknowledged.Releases.Take(Repeated))
            Assert.Equal(release.Id, await ReleaseClient.PlanAsync(client, release.Platform, release.Build, key, token));

        foreach (var (key, release) in acknowledged.Commits.Take(Repeated))
        {
            using var json = JsonDocument.Parse(await ReleaseClient.CommitAsync(client, release, key, token));
            Assert.Equal(release, json.RootElement.GetProperty("release").GetProperty("id").GetInt32());
            Assert.Equal(HttpStatusCode.Conflict, await client.PostAnewAsync(ReleaseClient.CommitPath(release), token));
        }

        Assert.Equal(before, await database.NumberAsync(Growth, token));
    }

    /// <summary>Each repository has it once, and serves it.</summary>
    private async Task AssertServedAsync(string path, string digest, JsonElement repositories, TargetPlatform platform, CancellationToken token)
    {
        Assert.Equal(platform.RepositoriesPerPackage, repositories.GetArrayLength());
        foreach (var repository in repositories.EnumerateArray())
        {
            var (root, arch) = (new Uri(repository.GetProperty("url").GetString()!).AbsolutePath, repository.GetProperty("arch").GetString()!);
            if (!indexes.TryGetValue(root, out var index))
                indexes[root] = index = (await PackageIndex.ReadAsync(client, platform.Type, root, arch, token)).ToLookup(p => p.Path, p => p.Sha256);

            Assert.Equal([digest], index[path]);
            Assert.Equal(digest, Outcomes.DigestOf(await client.GetBytesAsync(root + path, token)));
        }
    }

    private static string PathOf(JsonElement package)
    {
        var file = package.GetProperty("package").GetProperty("full_name").GetString()!;
        return $"Packages/{file[0]}/{file}";
    }
}
