using System.Text.RegularExpressions;

namespace EventSourced.Domain.Packages.Platforms;

/// <summary>The distribution that a platform is a version of.</summary>
public static partial class DistributionName
{
    /// <summary><c>AlmaLinux</c> of <c>AlmaLinux-8</c>.</summary>
    public static string Of(string platform) => Version().Replace(platform, "");

    [GeneratedRegex(@"-\d[\d.]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Version();
}
