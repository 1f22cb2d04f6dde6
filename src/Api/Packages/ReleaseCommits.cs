using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Domain.Packages.Signing;
using EventSourced.Projections.Packages;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Packages;

/// <summary>Commits releases and takes them back: gathers what the decision has to know, and waits for the end of what it sets in motion.</summary>
public sealed class ReleaseCommits(IQuerySession session, IMessageBus bus, SignedFiles files, IOptions<PackagesOptions> options, TimeProvider time)
{
    private ReleaseOptions Settings => options.Value.Releases;

    /// <returns>What came of it within <see cref="ReleaseOptions.CommitWait"/>; null when it still runs.</returns>
    public async Task<string?> CommitAsync(ReleaseId id, CancellationToken ct)
    {
        await WaitForFilesAsync(id, ct);
        await bus.InvokeAsync(await ToCommandAsync(id, ct), ct);
        return await WaitAsync(id, ct);
    }

    /// <inheritdoc cref="CommitAsync"/>
    public async Task<string?> RevertAsync(ReleaseId id, CancellationToken ct)
    {
        await bus.InvokeAsync(new RevertRelease(id, Settings.Lease), ct);
        return await WaitAsync(id, ct);
    }

    /// <summary>What a commit would come to now.</summary>
    public async Task<RehearsedRelease> RehearseAsync(ReleaseId id, CancellationToken ct)
    {
        await WaitForFilesAsync(id, ct);
        var commit = await ToCommandAsync(id, ct);
        var release = await session.Events.AggregateStreamAsync<Release>(id.StreamKey, token: ct);
        var repositories = new List<Repository>();
        foreach (var repository in commit.Known)
            repositories.Add((await session.Events.AggregateStreamAsync<Repository>(repository.StreamKey, token: ct))!); // its row is written with its stream

        return ReleaseRehearsal.Of(commit, release, repositories, time.GetUtcNow());
    }

    /// <summary>Who commits, or asks what that came to, in the moment between a build's signing and its files means the signed ones.</summary>
    private async Task WaitForFilesAsync(ReleaseId id, CancellationToken ct)
    {
        if (await session.ReleaseAsync(id, ct) is { ProductId: not null } release)
            await files.WaitAsync(release.Builds, Settings.CommitWait, ct);
    }

    private async Task<CommitRelease> ToCommandAsync(ReleaseId id, CancellationToken ct) =>
        await session.CommitOfAsync(await session.ReleaseAsync(id, ct) ?? throw RequestRefusedException.NotFound($"Release {id.Value}"), Settings.Lease, ct);

    /// <summary>For the release, and then for its builds, so that whoever is answered reads the same of both.</summary>
    private async Task<string?> WaitAsync(ReleaseId id, CancellationToken ct)
    {
        var deadline = new Deadline(time, Settings.CommitWait);
        var ended = await bus.WaitForAsync<Release>(id.StreamKey, release => release.Status is not ReleaseStatus.InProgress, deadline.Left, ct);
        if (ended is null)
            return null;

        foreach (var build in ended.Builds)
            await bus.WaitForAsync<Build>(build.StreamKey, b => IsTold(b, ended), deadline.Left, ct);

        return (await session.ReleaseAsync(id, ct))?.Message;
    }

    private static bool IsTold(Build build, Release release) => release.Status switch
    {
        ReleaseStatus.Completed => build.Releases.Contains(release.ReleaseId),
        ReleaseStatus.Reverted => !build.Releases.Contains(release.ReleaseId),
        _ => build.ReleaseId == release.ReleaseId || build.IsReleased,
    };
}
