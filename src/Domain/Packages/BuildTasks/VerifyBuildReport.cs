using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Domain.Packages.BuildTasks;

/// <summary>Effect: compare the digests of what a node sent, read what each package says about itself, and report with <see cref="RecordBuildReport"/>.</summary>
/// <param name="BuildTaskId">The task.</param>
/// <param name="BuildId">Its build.</param>
/// <param name="Artifacts">What was reported; of a failure only what belongs to the source package.</param>
/// <param name="Outcome">What the node says.</param>
public sealed record VerifyBuildReport(
    BuildTaskId BuildTaskId, BuildId BuildId, IReadOnlyList<BuildArtifact> Artifacts, BuildTaskOutcome Outcome = BuildTaskOutcome.Completed);
