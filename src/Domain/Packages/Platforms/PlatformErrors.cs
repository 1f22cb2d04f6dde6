namespace EventSourced.Domain.Packages.Platforms;

public static class PlatformErrors
{
    public const string Unknown = "platform.unknown";
    public const string ArchInvalid = "platform.arch_invalid";
}
