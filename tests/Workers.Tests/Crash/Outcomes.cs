using System.Security.Cryptography;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>What came out of it for the outside: files, repositories, logs, answers.</summary>
internal sealed class Outcomes(Installation installation, Database database, Acknowledged acknowledged, PatientClient client)
{
    private const int Repeated = 20;

    /// <summary>Each file of the store is what its name says, and everything the log speaks of is there.</summary>
    public async Task AssertFilesAsync(CancellationToken token)
    {
        var digests = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in installation.Artifacts())
        {
            await using var bytes = File.OpenRead(file);
            var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(bytes, token));
            Assert.Equal(Path.GetFileName(file), digest);
            Assert.True(digests.Add(digest), $"{digest} is in the store twice.");
        }

        var recorded = await database.ListAsync(
            """
            select a ->> 'Sha256' from mt_events, jsonb_array_elements(data -> 'Artifacts') a where type in ('build_task_succeeded', 'build_artifacts_signed')
            union select m ->> 'Sha256' from mt_events, jsonb_array_elements(data -> 'Metadata') m where type = 'repository_version_published'
            """, token);
        Assert.NotEmpty(recorded);
        Assert.Empty(recorded.Except(digests));
    }

    /// <summary>Every build's repository lists each package of its tasks once, signed where packages are, with the digest of the file it serves.</summary>
    public async Task AssertRepositoriesAsync(CancellationToken token)
    {
        var packages = await BuiltPackages.ReadAsync(database, token);
        foreach (var (build, order) in acknowledged.Builds.Values)
        {
            var platform = order.Platform;
            var built = packages[build];
            await AssertRepositoryAsync(platform, build, order.Arch, [.. built.Where(package => !BuiltPackages.IsSource(package.Key))], token);
            if (platform.HasSources)
                await AssertRepositoryAsync(platform, build, TargetPlatform.Source, [.. built.Where(package => BuiltPackages.IsSource(package.Key))], token);
        }
    }

    /// <summary>The log of a task is that of the attempt whose report was accepted.</summary>
    public async Task AssertLogsAsync(CancellationToken token)
    {
        foreach (var (task, attempt) in acknowledged.Reports)
            Assert.Equal(DeliveringNode.LogOf(task, attempt), await client.GetAsync($"/api/build-tasks/{task}/log", token));
    }

    /// <summary>Who repeats a command that was acknowledged gets the answer of then.</summary>
    public async Task AssertRepeatsAsync(CancellationToken token)
    {
        foreach (var (key, build) in acknowledged.Builds.Take(Repeated))
            Assert.Equal(build.Id, await BuildClient.AskAsync(client, build.Order, key, token));

        foreach (var (key, id) in acknowledged.Keys.Take(Repeated))
            Assert.Equal(id, await KeyClient.RepeatAsync(client, key, token));

        foreach (var (name, id) in acknowledged.Nodes.Take(Repeated))
            Assert.Equal(id, await Volley.RegisterAsync(client, name, token));
    }

    public static string DigestOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private async Task AssertRepositoryAsync(
        TargetPlatform platform, int build, string arch, IReadOnlyCollection<KeyValuePair<string, string>> expected, CancellationToken token)
    {
        Assert.NotEmpty(expected);
        var root = platform.RepositoryOf(build, arch);
        var index = await PackageIndex.ReadAsync(client, platform.Type, root, arch, token);
        Assert.Equal(expected.Select(package => (package.Key, package.Value)).Order(), index.Select(package => (package.Path, package.Sha256)).Order());
        foreach (var package in index)
        {
            Assert.Equal(package.Sha256, DigestOf(await client.GetBytesAsync(root + package.IndexedPath, token)));
            Assert.Equal(package.Sha256, DigestOf(await client.GetBytesAsync(root + package.Path, token)));
        }
    }
}
