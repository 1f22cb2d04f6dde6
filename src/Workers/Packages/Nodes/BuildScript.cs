namespace EventSourced.Workers.Packages.Nodes;

/// <summary>How a kind of package is built in the sandbox.</summary>
/// <param name="Build">
/// Shell text of ours that defines <c>build</c>: reads the source (a tar) from its standard input, leaves what it made in <c>/build/made</c>, exits with
/// <see cref="PackageBuild.ExcludedExit"/> when the package is not meant for the arch.
/// </param>
/// <param name="Arguments"><c>$1</c> and following.</param>
internal sealed record BuildScript(string Build, IReadOnlyList<string> Arguments)
{
    /// <exception cref="BuildResultException">The platform is none we can build for, or has definitions that cannot be given to rpm.</exception>
    public static BuildScript For(NodeTask task, SourceKind source) => task.Platform.Type switch
    {
        "deb" => DebScript.For(task.Stage, source),
        "rpm" => RpmScript.For(task, source),
        var other => throw new BuildResultException($"This node builds rpm and deb packages; the platform {task.Platform.Name} is of type {other}."),
    };
}
