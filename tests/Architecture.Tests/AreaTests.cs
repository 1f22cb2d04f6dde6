using System.Text.RegularExpressions;

namespace EventSourced.Architecture.Tests;

/// <summary>An area never names another area's types, except the messages in that area's <c>Contracts.cs</c>.</summary>
public sealed partial class AreaTests
{
    // Where areas meet on purpose, each with what it needs of the other.
    private static readonly Dictionary<string, string> Meetings = new()
    {
        ["src/Api/Accounts/NodeRegistration.cs"] = "a node of the packages area and its credential",
    };

    [Fact]
    public void Areas_do_not_name_each_others_types()
    {
        var found =
            from layer in new[] { "Domain", "Projections", "Api", "Workers" }
            from area in Code.Areas
            from file in Code.Files($"src/{layer}/{area}")
            where !Meetings.ContainsKey(file)
            from other in Code.Areas
            where other != area && Names(file, other)
            select $"{file} names {other}";

        Assert.Empty(found);
    }

    [Fact]
    public void Every_meeting_still_takes_place() =>
        Assert.All(Meetings.Keys, file => Assert.Contains(Code.Areas, other => !file.Contains($"/{other}/", StringComparison.Ordinal) && Names(file, other)));

    private static bool Names(string file, string area)
    {
        var text = Code.Read(file);
        var mentions = Mention().Matches(text).Where(m => m.Groups["area"].Value == area).ToList();
        if (mentions.Count is 0)
            return false;

        // Only the root namespace of the area's domain holds its contracts; then nothing else from it may be named.
        var contracts = TypesIn($"src/Domain/{area}/Contracts.cs");
        var others = Directory.GetFiles(Path.Combine(Code.Root, "src/Domain", area), "*.cs").Select(f => Path.GetRelativePath(Code.Root, f)).SelectMany(TypesIn).Except(contracts);
        return mentions.Any(m => m.Groups["layer"].Value is not "Domain" || m.Groups["rest"].Length > 0)
            || contracts.Count is 0 || others.Any(name => Regex.IsMatch(text, $@"\b{name}\b"));
    }

    private static List<string> TypesIn(string file) =>
        File.Exists(Path.Combine(Code.Root, file)) ? [.. Declaration().Matches(Code.Read(file)).Select(m => m.Groups[1].Value)] : [];

    [GeneratedRegex(@"(EventSourced\.)?(?<layer>Domain|Projections|Api|Workers)\.(?<area>Accounts|Packages|Algorithms|Runner|Catalog|Audit)(?<rest>\.\w+)?")]
    private static partial Regex Mention();

    [GeneratedRegex(@"^public [\w ]*?(?:record struct|record|class|enum|interface) (\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
