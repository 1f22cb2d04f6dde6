namespace EventSourced.Workers.Packages.Nodes;

/// <summary>What has to come out of a build.</summary>
public enum BuildStage
{
    /// <summary>The source package alone: a <c>src</c> task.</summary>
    Source,

    /// <summary>Both: the first arch where there is no <c>src</c> task.</summary>
    SourceAndBinaries,

    /// <summary>Only binary packages; the source package was built before.</summary>
    Binaries,
}
