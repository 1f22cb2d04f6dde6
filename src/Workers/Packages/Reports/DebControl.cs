using System.Globalization;
using System.Text;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Workers.Packages.Reports;

/// <summary>The fields of a Debian package's control file (Debian policy 5.1): a line <c>Name: value</c>, continued by lines that begin with a blank.</summary>
public sealed record DebControl(IReadOnlyDictionary<string, string> Fields)
{
    private const string BeginSigned = "-----BEGIN PGP SIGNED MESSAGE-----\n", BeginSignature = "\n-----BEGIN PGP SIGNATURE-----\n";

    public static DebControl Parse(string text)
    {
        var fields = new Dictionary<string, StringBuilder>(StringComparer.OrdinalIgnoreCase);
        StringBuilder? last = null;
        foreach (var line in text.Split('\n').Where(l => l.Length > 0))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (line[0] is ' ' or '\t' && last is not null)
                last.Append('\n').Append(line);
            else if (colon > 0)
                fields[line[..colon]] = last = new StringBuilder(line[(colon + 1)..].Trim());
        }

        return new(fields.ToDictionary(field => field.Key, field => field.Value.ToString().TrimEnd(), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Of a text that may be clear-signed (RFC 4880, 7): what was signed. Whether a signature counts is for others to say.</summary>
    public static DebControl ParseSigned(string text)
    {
        if (!text.StartsWith(BeginSigned, StringComparison.Ordinal) || text.IndexOf("\n\n", StringComparison.Ordinal) is not (> 0 and var begin))
            return Parse(text);

        var end = text.IndexOf(BeginSignature, begin, StringComparison.Ordinal);
        return Parse((end < 0 ? text[begin..] : text[begin..end]).Replace("\n- ", "\n", StringComparison.Ordinal));
    }

    /// <summary>As dpkg names the file: the epoch is left out.</summary>
    /// <param name="extension"><c>.deb</c>, or that of a package for the installer, <c>.udeb</c>.</param>
    public string FileName(string extension) => $"{Field("Package")}_{WithoutEpoch(Field("Version"))}_{Field("Architecture")}{extension}";

    /// <summary>The files that a <c>.dsc</c>, <c>.changes</c> or <c>.buildinfo</c> names, with their digests.</summary>
    public IReadOnlyList<DebFile> Files =>
    [
        .. Field("Checksums-Sha256").Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(parts => parts is [_, _, _]).Select(parts => new DebFile(parts[2], parts[0], ToBytes(parts[1]))),
    ];

    /// <summary>As dpkg-source names the <c>.dsc</c>.</summary>
    public string SourceFileName => $"{Field("Source")}_{WithoutEpoch(Field("Version"))}.dsc";

    /// <summary>Null when a field is missing that every package has.</summary>
    public PackageMeta? ToMeta(string sha256) =>
        ToMeta(Field("Package"), Field("Architecture"), Field("Source") is { Length: > 0 } source ? source.Split(' ')[0] : Field("Package"), sha256);

    /// <summary>Of a source package; null when a field is missing that every one has.</summary>
    public PackageMeta? ToSourceMeta(string sha256) => ToMeta(Field("Source"), BuildPlan.Source, source: null, sha256);

    private PackageMeta? ToMeta(string name, string arch, string? source, string sha256)
    {
        var full = Field("Version");
        if (name.Length is 0 || full.Length is 0 || arch.Length is 0)
            return null;

        var version = WithoutEpoch(full);
        var dash = version.LastIndexOf('-');
        return new PackageMeta(
            name, full.Length == version.Length ? "0" : full[..(full.Length - version.Length - 1)], dash < 0 ? version : version[..dash],
            dash < 0 ? null : version[(dash + 1)..], arch, sha256, source, Fields);
    }

    private static long? ToBytes(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : null;

    private string Field(string name) => Fields.GetValueOrDefault(name, "");

    private static string WithoutEpoch(string version) => version[(version.IndexOf(':', StringComparison.Ordinal) + 1)..];
}

/// <param name="Name">File name.</param>
/// <param name="Sha256">Its digest, as text.</param>
/// <param name="Bytes">Its length; null where none is given.</param>
public sealed record DebFile(string Name, string Sha256, long? Bytes);
