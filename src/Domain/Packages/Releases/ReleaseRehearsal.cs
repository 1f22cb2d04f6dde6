using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Domain.Packages.Releases;

/// <summary>What a commit would come to.</summary>
/// <param name="Status">How it would end.</param>
/// <param name="Message">What it would say.</param>
/// <param name="Targets">What each repository would get; what it has already is left out.</param>
public sealed record RehearsedRelease(ReleaseStatus Status, string Message, IReadOnlyList<ReleasePackagesStaged> Targets);

/// <summary>A commit without its consequences: the same decisions, taken one after the other, and none of them recorded.</summary>
public static class ReleaseRehearsal
{
    /// <param name="commit">As it would be asked for.</param>
    /// <param name="release">The release now.</param>
    /// <param name="repositories">The known repositories of its plan, now.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="RuleViolationException">The commit would be refused.</exception>
    public static RehearsedRelease Of(CommitRelease commit, Release? release, IReadOnlyCollection<Repository> repositories, DateTimeOffset now)
    {
        var begun = CommitReleaseHandler.Handle(commit, release, now)[0];
        if (release is null || begun is not ReleaseCommitBegun started)
            return new(ReleaseStatus.Failed, begun is ReleaseFailed failed ? failed.Message : "", []);

        var (state, staged) = (release.Apply(started), new List<ReleasePackagesStaged>());
        foreach (var target in started.Targets)
        {
            var answer = Stage(target, state, repositories);
            if (answer is ReleasePackagesStaged held)
                staged.Add(held with { Packages = [.. held.Packages.Where(p => !Find(target, repositories)?.Has(p) is true)] });

            foreach (var next in RecordReleaseStagingHandler.Handle(new(state.ReleaseId, state.Attempt, target.RepositoryId, (answer as ReleasePackagesRefused)?.Reason), state))
            {
                if (next is ReleaseFailed refused)
                    return new(ReleaseStatus.Failed, refused.Message, []);

                state = next is ReleaseTargetStaged one ? state.Apply(one) : state;
            }
        }

        return new(ReleaseStatus.Completed, ReleaseMessages.Committed(started.Warnings), staged);
    }

    private static Repository? Find(ReleaseTarget target, IReadOnlyCollection<Repository> repositories) =>
        repositories.FirstOrDefault(r => r.RepositoryId == target.RepositoryId);

    private static IRepositoryEvent Stage(ReleaseTarget target, Release release, IReadOnlyCollection<Repository> repositories) =>
        StageReleasePackagesHandler.Handle(
            new(target.RepositoryId, release.ReleaseId, release.Attempt, target.Packages), Find(target, repositories))[0];
}
