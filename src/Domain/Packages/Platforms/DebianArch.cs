using System.Text.RegularExpressions;

namespace EventSourced.Domain.Packages.Platforms;

/// <summary>How Debian names its arches (<c>amd64</c>): apt reads no index of another name (<c>x86_64</c>).</summary>
public static partial class DebianArch
{
    public static bool IsName(string? arch) => arch is not null && Name().IsMatch(arch);

    /// <exception cref="RuleViolationException">The platform is Debian's, and one of its arches is not.</exception>
    public static void RefuseOthers(PlatformType type, IReadOnlyList<string>? arches)
    {
        if (type is PlatformType.Deb && arches?.FirstOrDefault(a => !IsName(a)) is { } other)
            throw new RuleViolationException(PlatformErrors.ArchInvalid, $"'{other}' is not how Debian names an arch.");
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
