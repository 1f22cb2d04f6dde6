using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Projections.Packages;

/// <summary>What of a build is to be signed (albs 12.3): each source package once, each other file once a build task.</summary>
public static class SignPackages
{
    /// <summary>Where files that lie in no repository are fetched.</summary>
    public const string FilesRoot = "/pulp/content/sign_files/";

    /// <returns>The packages by id, and the completed tasks whose they are; null while tasks of the build are about to share packages.</returns>
    public static async Task<(IReadOnlyList<SignPackage> Packages, IReadOnlyList<BuildTaskId> BuildTasks)?> SignPackagesAsync(
        this IQuerySession session, BuildId build, DateTimeOffset now, CancellationToken token)
    {
        var all = await session.TasksOfBuildsAsync([build.Value], token);
        if (all.ArePackagesOnTheirWay(now))
            return null;

        var tasks = all.Where(t => t.Status is BuildTaskStatus.Completed).ToList();
        var repositories = await session.RepositoriesOfBuildsAsync([build.Value], token);
        return (
            [
                .. tasks.GroupBy(t => t.Platform.PlatformId)
                    .SelectMany(platform => Of([.. platform], [.. repositories.Where(r => r.PlatformId == platform.Key.Value)])).OrderBy(p => p.Id),
            ],
            [.. tasks.Select(t => new BuildTaskId(t.Number))]);
    }

    private static IEnumerable<SignPackage> Of(IReadOnlyList<BuildTaskDetails> tasks, IReadOnlyList<RepositoryDetails> repositories)
    {
        var files = tasks.SelectMany(t => t.Artifacts.Where(Signable.IsSigned), (task, artifact) => (Task: task, Artifact: artifact)).ToList();
        var filesOf = files.ToLookup(f => f.Artifact.Name);
        return files.OrderBy(f => f.Artifact.Id)
            .DistinctBy(f => (f.Artifact.Name, Place: Signable.PlaceOf(f.Artifact, f.Task.Arch), Index: f.Task.Index))
            .Select(f => ToPackage(f.Artifact, f.Task.Arch, [.. filesOf[f.Artifact.Name]], repositories));
    }

    private static SignPackage ToPackage(
        BuildArtifact artifact, string taskArch, IReadOnlyList<(BuildTaskDetails Task, BuildArtifact Artifact)> sameName, IReadOnlyList<RepositoryDetails> repositories)
    {
        var ids = sameName.Select(f => f.Artifact.Id).Distinct().ToList();
        var (arch, isDebug) = Signable.PlaceOf(artifact, taskArch);
        var repository = Signable.IsInRepository(artifact) ? repositories.FirstOrDefault(r => r.Arch == arch && r.Debug == isDebug) : null;
        var url = repository?.Settings.Url is { } root ? root + RepositoryPackage.PathOf(artifact.Name) : $"{FilesRoot}{artifact.Id}/{Uri.EscapeDataString(artifact.Name)}";
        return new(artifact.Id, artifact.Name, arch, artifact.Type, artifact.Href, artifact.Sha256, artifact.CasHash, url,
            [.. sameName.Select(f => new BuildTaskId(f.Task.Number)).Distinct()], ids is [_] ? null : ids);
    }
}

/// <summary>What a request to sign depends on, read in the transaction that records it.</summary>
public static class RequestSignTaskHandler
{
    public static async Task<SignRequestFacts> LoadAsync(RequestSignTask command, IDocumentSession session, CancellationToken token)
    {
        await session.HoldSignKeyAsync(command.SignKeyId, token);
        return await session.SignRequestFactsAsync(command.BuildId, command.SignKeyId, token);
    }
}

public static class SignRequests
{
    public static async Task<SignRequestFacts> SignRequestFactsAsync(this IQuerySession session, BuildId build, SignKeyId key, CancellationToken token)
    {
        var details = await session.LoadAsync<BuildDetails>(build.StreamKey, token);
        var tasks = await session.TasksOfBuildsAsync([build.Value], token);
        var found = await session.LoadAsync<SignKeyDetails>(key.StreamKey, token);
        return new(
            details is not null, details is { IsSigned: true } && !tasks.Any(t => t.LacksSignatures()),
            Signable.IsEnough([.. tasks.Where(t => t.Status is BuildTaskStatus.Completed).SelectMany(t => t.Artifacts)]),
            found is null ? null : new(found.Settings.KeyId ?? "", found.Settings.Fingerprint ?? "", found.ArchivedAt is null));
    }
}
