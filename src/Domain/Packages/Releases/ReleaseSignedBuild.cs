namespace EventSourced.Domain.Packages.Releases;

/// <summary>Effect: where automatic releases are on, plan with <see cref="PlanRelease"/> a release of a build that is finished and signed, one for each of its platforms.</summary>
public sealed record ReleaseSignedBuild(BuildId BuildId);

/// <summary>Effect: commit a release that nobody asked for with <see cref="CommitRelease"/>, where no person has to look at it before.</summary>
public sealed record CommitPlannedRelease(ReleaseId ReleaseId);
