namespace EventSourced.Domain.Packages.BuildTasks;

/// <summary>Effect: compare the digests of what a node sent, read what each package says about itself, and report with <see cref="RecordBuildReport"/>.</summary>
public sealed record VerifyBuildReport(BuildTaskId BuildTaskId, BuildId BuildId, IReadOnlyList<BuildArtifact> Artifacts);
