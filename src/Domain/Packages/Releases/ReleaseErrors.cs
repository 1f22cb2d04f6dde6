namespace EventSourced.Domain.Packages.Releases;

public static class ReleaseErrors
{
    public const string Unknown = "release.unknown";

    /// <summary>It runs, has been done, or was taken back: there is nothing left to change or to commit.</summary>
    public const string NotOpen = "release.not_open";

    public const string NotCompleted = "release.not_completed";
    public const string NotScheduled = "release.not_scheduled";
}
