namespace EventSourced.Domain.Packages.Signing;

/// <summary>Effect: where automatic signing is on and a key is configured for it, ask with <see cref="RequestSignTask"/> for a finished build to be signed.</summary>
public sealed record SignFinishedBuild(BuildId BuildId);
