using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Tests.Adapters;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>A small source in a Git repository of its own, which the real node builds in its sandbox again and again.</summary>
internal sealed class RealBuilds : IAsyncDisposable
{
    private const string Package = "crash-real", Text = "Built, not delivered.";

    private const string Built =
        """
        select s.data ->> 'BuildId', s.data ->> 'BuildTaskId', r.data -> 'Report' ->> 'Attempt', a ->> 'Name', a ->> 'Sha256' from mt_events s
        join mt_events r on r.stream_id = s.stream_id and r.type = 'build_task_reported' cross join jsonb_array_elements(s.data -> 'Artifacts') a
        where s.type = 'build_task_succeeded' and a ->> 'Name' like 'crash-real%.deb'
        """;

    private readonly TemporaryFolder folder = new();
    private readonly GitRepository repository;

    private RealBuilds(GitRepository repository) => this.repository = repository;

    public BuildOrder Order => new(TargetPlatform.Deb, TargetPlatform.BuiltArch, [repository.Url]);

    /// <summary>How many there were, and how many of them by a later attempt.</summary>
    public (int All, int Again) Count { get; private set; }

    public static async Task<RealBuilds> PrepareAsync()
    {
        var repository = await GitRepository.StartAsync();
        await repository.CommitAsync(
            ("debian/control", $"Source: {Package}\nMaintainer: Ann <ann@example.org>\n\nPackage: {Package}\nArchitecture: all\nDescription: real\n"),
            ("debian/changelog", $"{Package} (1.0) stable; urgency=low\n\n  * New.\n\n -- Ann <ann@example.org>  Mon, 01 Jan 2024 00:00:00 +0000\n"),
            ("debian/rules", $"""
                #!/usr/bin/make -f
                clean build:
                binary:
                	mkdir -p debian/{Package}/DEBIAN debian/{Package}/usr/share
                	cp text debian/{Package}/usr/share/{Package}
                	dpkg-gencontrol -Pdebian/{Package}
                	dpkg-deb --root-owner-group --build debian/{Package} ..

                """),
            ("text", Text));
        return new RealBuilds(repository);
    }

    /// <summary>Each that was acknowledged has its package, made by the attempt that was reported and that wrote the log.</summary>
    public async Task AssertAsync(Installation installation, Database database, Acknowledged acknowledged, PatientClient client, CancellationToken token)
    {
        var built = (await database.ListAsync(Built, token)).Select(line => line.Split(' ')).ToList();
        Assert.Equal(acknowledged.Builds.Values.Where(build => build.Order.Arch == Order.Arch).Select(build => $"{build.Id}").Order(), built.Select(p => p[0]).Order());
        var files = installation.Artifacts().ToDictionary(file => Path.GetFileName(file), StringComparer.Ordinal);
        foreach (var (build, task, attempt, name, digest) in built.Select(p => (p[0], p[1], p[2], p[3], p[4])))
        {
            Assert.Equal($"{Package}_1.0_all.deb", name);
            await Tool.RunAsync("dpkg-deb", ["--extract", files[digest], folder[task]], ToolContext.Default, token);
            Assert.Equal(Text, await File.ReadAllTextAsync(Path.Combine(folder[task], "usr/share", Package), token));
            var log = await client.GetAsync($"/api/build-tasks/{task}/log", token);
            Assert.StartsWith($"Task {task} of build {build}, attempt {attempt}: {repository.Url}", log, StringComparison.Ordinal);
            Assert.EndsWith("Built 5 files.\n", log, StringComparison.Ordinal);
        }

        Count = (built.Count, built.Count(p => p[2] is not "1"));
    }

    public async ValueTask DisposeAsync()
    {
        await repository.DisposeAsync();
        folder.Dispose();
    }
}
