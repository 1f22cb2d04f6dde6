using System.Formats.Tar;
using System.Text.RegularExpressions;
using EventSourced.Workers.Adapters.Files;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>A build delivered what it must not.</summary>
public sealed class BuildResultException(string message) : Exception(message);

/// <summary>
/// Unpacks what a sandbox wrote to its standard output. The build can write anything there: only plain files with the names of packages come out, into one
/// folder, and anything else refuses all of it.
/// </summary>
public static partial class BuildResults
{
    /// <summary>A report has room for 10,000 files (albs 8.5); some of them are logs.</summary>
    private const int MostFiles = 9_900;

    /// <returns>The files' paths, in name order.</returns>
    /// <exception cref="BuildResultException">Not an archive, too many files, a link, a directory, a name that is no package's.</exception>
    public static async Task<IReadOnlyList<string>> UnpackAsync(string tarFile, string folder, CancellationToken cancellation)
    {
        var files = new SortedSet<string>(StringComparer.Ordinal);
        await using var archive = File.OpenRead(tarFile);
        var tar = new PlainTar(archive);
        try
        {
            while (await tar.NextAsync(cancellation) is { } entry)
            {
                Check(entry);
                var path = Path.Combine(folder, entry.Name);
                if (files.Count >= MostFiles || !files.Add(path))
                    throw new BuildResultException("The build delivered too many files, or one twice.");

                await tar.ExtractAsync(entry, path, cancellation);
            }
        }
        catch (InvalidDataException)
        {
            throw new BuildResultException("The build's result is not an archive.");
        }

        return [.. files];
    }

    public static bool IsSourcePackage(string name) =>
        (RpmName().IsMatch(name) && name.EndsWith(".src.rpm", StringComparison.Ordinal)) || (DebName().IsMatch(name) && name.EndsWith(".dsc", StringComparison.Ordinal));

    /// <summary>Whether a Debian source package may name this file.</summary>
    public static bool IsSourcePart(string name) => DebName().Match(name) is { Success: true } match && match.Groups["part"].Success;

    private static void Check(PlainTarEntry entry)
    {
        if (entry.Type is not TarEntryType.RegularFile)
            throw new BuildResultException($"The build delivered a {entry.Type} instead of a file.");

        if (!DebName().IsMatch(entry.Name) && !RpmName().IsMatch(entry.Name))
            throw new BuildResultException("The build delivered a file whose name is not a package's.");
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9.+-]*_[A-Za-z0-9.+~%-]+(_[a-z0-9-]+\.(u?deb|changes|buildinfo)|\.dsc|(?<part>\.tar\.(gz|xz|bz2|zst|lzma)(\.asc)?|\.diff\.gz))\z")]
    private static partial Regex DebName();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.+~^-]*-[A-Za-z0-9_.+~^]+-[A-Za-z0-9_.+~^]+\.[a-z0-9_]+\.rpm\z")]
    private static partial Regex RpmName();
}
