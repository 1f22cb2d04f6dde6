using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>What releases brought to clients, and that asking for them again brings nothing more.</summary>
internal sealed class ReleaseOutcomes(Database database, Acknowledged acknowledged, PatientClient client, ReleaseClient releases)
{
    private const int Repeated = 20;

    private readonly Dictionary<string, string> indexes = [];

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
        foreach (var (id, build) in acknowledged.Releases.Values)
        {
            var (status, plan) = await ReleaseClient.ReadAsync(client, id, token);
            Assert.Equal(ReleaseClient.Completed, status);
            var packages = plan.GetProperty("packages").EnumerateArray().ToList();
            var tasks = await database.ListAsync("select 1 from mt_events where type = 'build_task_queued' and (data ->> 'BuildId')::int = $1", token, build);
            Assert.Equal(tasks.Count, packages.Count);
            foreach (var package in packages)
                await AssertServedAsync(package, token);
        }
    }

    /// <summary>A client of any repository finds every file of what it was told.</summary>
    public async Task AssertPublishedFilesAsync(CancellationToken token)
    {
        var files = await database.ListAsync(PublishedFiles, token);
        Assert.NotEmpty(files);
        foreach (var file in files.Select(line => line.Split(' ')))
            Assert.Equal(file[1], DigestOf(await client.GetBytesAsync(file[0], token)));
    }

    /// <summary>Who repeats a plan or a commit is answered as then; a new commit is refused; no stream of a release or repository grows by any of it.</summary>
    public async Task AssertRepeatsAsync(CancellationToken token)
    {
        const string Growth = "select count(*) from mt_events where stream_id like 'release-%' or stream_id like 'repository-%'";
        var before = await database.NumberAsync(Growth, token);
        foreach (var (key, release) in acknowledged.Releases.Take(Repeated))
            Assert.Equal(release.Id, await releases.PlanAsync(client, release.Build, key, token));

        foreach (var (key, release) in acknowledged.Commits.Take(Repeated))
        {
            using var json = JsonDocument.Parse(await ReleaseClient.CommitAsync(client, release, key, token));
            Assert.Equal(release, json.RootElement.GetProperty("release").GetProperty("id").GetInt32());
            Assert.Equal(HttpStatusCode.Conflict, await client.PostAnewAsync(ReleaseClient.CommitPath(release), token));
        }

        Assert.Equal(before, await database.NumberAsync(Growth, token));
    }

    private async Task AssertServedAsync(JsonElement package, CancellationToken token)
    {
        var (file, digest) = (package.GetProperty("package").GetProperty("full_name").GetString()!, package.GetProperty("package").GetProperty("sha256").GetString());
        var repositories = package.GetProperty("repositories").EnumerateArray().ToList();
        Assert.Equal(2, repositories.Count);
        foreach (var repository in repositories)
        {
            var (root, arch) = (new Uri(repository.GetProperty("url").GetString()!).AbsolutePath, repository.GetProperty("arch").GetString());
            var index = $"{root}dists/stable/main/binary-{arch}/Packages";
            if (!indexes.TryGetValue(index, out var packages))
                indexes[index] = packages = Encoding.UTF8.GetString(await client.GetBytesAsync(index, token));

            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"SHA256: {digest}\n"), packages, StringComparison.Ordinal);
            Assert.Equal(digest, DigestOf(await client.GetBytesAsync($"{root}Packages/{char.ToLowerInvariant(file[0])}/{file}", token)));
        }
    }

    private static string DigestOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
