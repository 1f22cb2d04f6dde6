using System.Text.Json;

namespace EventSourced.Domain.Packages.Releases;

/// <summary>How a package of another distribution compares with ours, the surest first.</summary>
public enum BeholderMatch
{
    Exact,
    Closest,
    NameVersion,
    NameOnly,
}

/// <summary>A repository of another distribution.</summary>
public sealed record ReferenceRepository(string Name, string Arch);

/// <summary>A package as another distribution has it.</summary>
/// <param name="Name">Of the package.</param>
/// <param name="Version">Null when it was not said.</param>
/// <param name="Arch">As built, or <c>noarch</c>; <c>src</c> for a source package.</param>
/// <param name="Repositories">Where it lies there.</param>
/// <param name="Listed">What the beholder lists it as; null when it does not say.</param>
public sealed record ReferencePackage(string Name, string? Version, string Arch, IReadOnlyList<ReferenceRepository> Repositories, BeholderMatch? Listed);

/// <summary>What the beholder says. Its shape is not ours to know: whatever has a name, an arch and repositories is a package, wherever it stands.</summary>
public static class BeholderAnswer
{
    private const int LongestText = 200;

    /// <summary>The words for <see cref="BeholderMatch"/>, in its order.</summary>
    private static readonly string[] Words = ["exact", "closest", "name_version", "name_only"];

    public static string WordFor(BeholderMatch match) => Words[(int)match];

    /// <summary>Every package in it, in its order; what cannot be read is left out.</summary>
    public static IReadOnlyList<ReferencePackage> Read(JsonElement answer)
    {
        var found = new List<ReferencePackage>();
        try
        {
            Collect(answer, listed: null, found);
        }
        catch (InvalidOperationException)
        {
            // Bytes that are no UTF-8, or half a surrogate pair: it is read as far as that.
        }

        return found;
    }

    // A JSON reader's bound on depth is this one's, too.
    private static void Collect(JsonElement json, BeholderMatch? listed, List<ReferencePackage> found)
    {
        if (json.ValueKind is JsonValueKind.Array)
        {
            foreach (var item in json.EnumerateArray())
                Collect(item, listed, found);
        }
        else if (json.ValueKind is JsonValueKind.Object)
        {
            if (PackageIn(json, listed) is { } package)
                found.Add(package);

            foreach (var member in json.EnumerateObject())
                Collect(member.Value, MatchNamed(member.Name) ?? listed, found);
        }
    }

    private static BeholderMatch? MatchNamed(string word) => Array.IndexOf(Words, word) is >= 0 and var place ? (BeholderMatch)place : null;

    private static ReferencePackage? PackageIn(JsonElement json, BeholderMatch? listed) =>
        TextIn(json, "name") is { } name && TextIn(json, "arch") is { } arch
            && json.TryGetProperty("repositories", out var list) && list.ValueKind is JsonValueKind.Array
                ? new(name, TextIn(json, "version"), arch, [.. list.EnumerateArray().Select(r => RepositoryIn(r, arch)).OfType<ReferenceRepository>()], listed)
                : null;

    private static ReferenceRepository? RepositoryIn(JsonElement json, string arch) =>
        json.ValueKind is JsonValueKind.Object && TextIn(json, "name") is { } name ? new(name, TextIn(json, "arch") ?? arch) : null;

    private static string? TextIn(JsonElement json, string member) =>
        json.TryGetProperty(member, out var value) && value.ValueKind is JsonValueKind.String && value.GetString() is { Length: > 0 and <= LongestText } text
            ? text
            : null;
}
