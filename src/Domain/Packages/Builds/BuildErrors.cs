namespace EventSourced.Domain.Packages.Builds;

public static class BuildErrors
{
    public const string Unknown = "build.unknown";
    public const string ArchUnknown = "build.arch_unknown";
    public const string PlatformRepeated = "build.platform_repeated";
    public const string NothingToBuild = "build.nothing_to_build";
    public const string TaskUnknown = "build.task_unknown";
}
