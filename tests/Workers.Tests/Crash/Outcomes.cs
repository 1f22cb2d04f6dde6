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

    /// <summary>Every build's repository lists the package of each of its tasks once, with the digest of the file it serves.</summary>
    public async Task AssertRepositoriesAsync(CancellationToken token)
    {
        foreach (var (build, arch) in acknowledged.Builds.Values)
        {
            var root = $"/pulp/content/builds/{BuildClient.Platform}-{arch}-{build}-br/";
            var index = await client.GetAsync($"{root}dists/stable/main/binary-{arch}/Packages", token);
            var tasks = await database.ListAsync("select data ->> 'BuildTaskId' from mt_events where type = 'build_task_queued' and (data ->> 'BuildId')::int = $1", token, build);
            Assert.Equal(tasks.Select(task => DeliveringNode.PackageOf(int.Parse(task, null))).Order(StringComparer.Ordinal), Fields(index, "Package").Order(StringComparer.Ordinal));
            foreach (var (file, digest) in Fields(index, "Filename").Zip(Fields(index, "SHA256")))
                Assert.Equal(digest, Convert.ToHexStringLower(SHA256.HashData(await client.GetBytesAsync(root + file, token))));

            var release = await client.GetAsync($"{root}dists/stable/InRelease", token);
            Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(index))), release, StringComparison.Ordinal);
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
            Assert.Equal(build.Id, await BuildClient.AskAsync(client, build.Arch, key, token));

        foreach (var (key, id) in acknowledged.Keys.Take(Repeated))
            Assert.Equal(id, await KeyClient.RepeatAsync(client, key, token));

        foreach (var (name, id) in acknowledged.Nodes.Take(Repeated))
            Assert.Equal(id, await Volley.RegisterAsync(client, name, token));
    }

    private static IEnumerable<string> Fields(string index, string name) =>
        index.Split('\n').Where(line => line.StartsWith(name + ": ", StringComparison.Ordinal)).Select(line => line[(name.Length + 2)..]);
}
