using System.Text.Json;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Beholder;

namespace EventSourced.Workers.Packages.Reports;

/// <summary>Finds what a task for x86_64 has of the one for i686, where a beholder tells. It adds to a report and never spoils one.</summary>
public sealed class MultilibSearch(IDocumentStore documents, IBeholder beholder)
{
    /// <param name="report">Of a task that is about to be completed.</param>
    /// <param name="artifacts">What it delivered.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>Artifacts to add to these, with ids of their own.</returns>
    public async Task<IReadOnlyList<BuildArtifact>> FindAsync(VerifyBuildReport report, IReadOnlyList<BuildArtifact> artifacts, CancellationToken cancellation)
    {
        if (!beholder.IsConfigured)
            return [];

        await using var session = documents.QuerySession();
        var tasks = await session.TasksOfBuildsAsync([report.BuildId.Value], cancellation);
        var task = tasks.First(t => t.Number == report.BuildTaskId.Value);
        if (task is not { Arch: Multilib.Arch, Platform.Type: PlatformType.Rpm }
            || tasks.FirstOrDefault(t => IsOther(t, task)) is not { Status: BuildTaskStatus.Completed } other
            || SourceOf(artifacts.Append(task.SourcePackage)) is not { } source
            || await AskAsync(session, task.Platform.PlatformId.StreamKey, source, cancellation) is not { } answer)
            return [];

        var found = Multilib.PackagesOf(BeholderAnswer.Read(answer), other.Artifacts, artifacts);
        var ids = found is [] ? [] : await session.NextArtifactIdsAsync(found.Count, cancellation);
        return [.. found.Zip(ids, (artifact, id) => artifact with { Id = id })];
    }

    private static bool IsOther(BuildTaskDetails other, BuildTaskDetails task) =>
        other.Arch is Multilib.Other && other.Index == task.Index && other.Platform.PlatformId == task.Platform.PlatformId;

    private static string? SourceOf(IEnumerable<BuildArtifact?> artifacts) =>
        artifacts.OfType<BuildArtifact>().FirstOrDefault(a => a.IsSourcePackage) is { } source ? SourcePackageName.Of(source) : null;

    /// <summary>The first that answers tells.</summary>
    private async Task<JsonElement?> AskAsync(IQuerySession session, string platform, string source, CancellationToken cancellation)
    {
        if (await session.LoadAsync<PlatformDetails>(platform, cancellation) is not { } built)
            return null;

        foreach (var asked in await session.WithReferencesAsync(built, cancellation))
        {
            if (await beholder.ProjectAsync(DistributionName.Of(asked.Name), asked.Settings.DistrVersion ?? "", source, cancellation) is { } answer)
                return answer;
        }

        return null;
    }
}
