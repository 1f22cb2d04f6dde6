using System.ComponentModel;
using System.Text;
using System.Xml;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.Workers.Adapters.Files;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Packages.Repositories;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Reports;

/// <summary>Reads what a package says about itself, with the distribution's own tools, and checks that its file name says the same.</summary>
public sealed class PackageFiles(IArtifactStore store, IOptions<VerificationOptions> options)
{
    private const long LongestControlFile = 4 << 20;

    /// <summary>Room for any honest package.</summary>
    private static readonly ToolLimits Limits = new(MemoryBytes: 2L << 30, FileBytes: 256 << 20, OutputBytes: 32 << 20, CpuTime: default);

    /// <summary>What the index says itself, whatever the package says.</summary>
    private static readonly HashSet<string> OfTheIndex = new(["Filename", "Size", "MD5sum", "SHA1", "SHA256", "SHA512"], StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// That the unpacked control archive is small, before the others unpack it to files; that dpkg finds one package in it, of which nothing is said twice; what it
    /// says; what apt will say of it.
    /// </summary>
    private static readonly string[][] DebCommands =
        [["dpkg-deb", "--ctrl-tarfile"], ["dpkg-deb", "--show"], ["dpkg-deb", "--field"], [AptIndex.Program, .. AptIndex.Checksums, "packages"]];

    private const string RpmFields = "%{NAME}\n%{EPOCHNUM}\n%{VERSION}\n%{RELEASE}\n%{ARCH}\n%{SOURCERPM}\n";

    private ToolLimits Limited => Limits with { CpuTime = options.Value.ToolTime };

    /// <exception cref="ReportRefusedException">It is no package, or not the one its name says.</exception>
    public async Task<PackageMeta> ReadDebAsync(string name, string digest, CancellationToken cancellation)
    {
        if (await RunAsync(name, digest, DebCommands, cancellation) is not [_, _, var fields, var listing])
            throw new InvalidOperationException("Each command says something.");

        var control = DebControl.Parse(Text(name, fields));
        var meta = control.ToMeta(digest) ?? throw new ReportRefusedException($"{name}: the package does not say its name, version and architecture.");
        if (control.FileName(Path.GetExtension(name)) is var own && own != name)
            throw new ReportRefusedException($"{name}: the package in it is {own}.");

        var listed = Listed(name, digest, Text(name, listing)).Fields;
        return control.Fields.FirstOrDefault(field => !OfTheIndex.Contains(field.Key) && listed.GetValueOrDefault(field.Key) != field.Value) is { Key: { } other }
            ? throw new ReportRefusedException($"{name}: the index of a repository would not say of the package's {other} what the package says.")
            : meta;
    }

    /// <inheritdoc cref="ReadDebAsync"/>
    public async Task<PackageMeta> ReadDscAsync(string name, string digest, CancellationToken cancellation)
    {
        var control = await ReadControlAsync(name, digest, cancellation);
        var meta = control.ToSourceMeta(digest) ?? throw new ReportRefusedException($"{name}: the source package does not say its name and version.");
        if (control.SourceFileName != name)
            throw new ReportRefusedException($"{name}: the source package in it is {control.SourceFileName}.");

        var said = await RunAsync(name, digest, [[AptIndex.Program, .. AptIndex.Checksums, "sources"]], cancellation);
        var listed = Listed(name, digest, Text(name, said[0]));
        return listed.Fields.GetValueOrDefault("Package") == meta.Name && listed.Fields.GetValueOrDefault("Version") == control.Fields["Version"]
            && listed.Files.Where(file => file.Name != CopyOf(name)).ToHashSet().SetEquals(control.Files)
            ? meta
            : throw new ReportRefusedException($"{name}: the index of a repository would not say of the source package what it says.");
    }

    /// <summary>The fields of a <c>.dsc</c>, <c>.changes</c> or <c>.buildinfo</c>.</summary>
    /// <exception cref="ReportRefusedException">It is longer than any of them.</exception>
    public async Task<DebControl> ReadControlAsync(string name, string digest, CancellationToken cancellation)
    {
        await using var bytes = await OpenAsync(digest, cancellation);
        if (bytes.Length > LongestControlFile)
            throw new ReportRefusedException($"{name} is longer than {LongestControlFile} bytes.");

        using var all = new MemoryStream();
        await bytes.CopyToAsync(all, cancellation);
        return DebControl.Parse(Text(name, all.ToArray()));
    }

    /// <inheritdoc cref="ReadDebAsync"/>
    /// <remarks>The digests that a package carries of itself are checked; whether a signature counts is for others to say.</remarks>
    public async Task<PackageMeta> ReadRpmAsync(string name, string digest, CancellationToken cancellation)
    {
        var said = await RunAsync(
            name, digest, [["rpmkeys", "--checksig", "--nosignature"], ["rpm", "--query", "--nosignature", "--queryformat", RpmFields, "--package"]], cancellation,
            (folder, limit) => DescribeAsync(name, digest, folder, limit));
        if (Text(name, said[^1]).Split('\n') is not [var package, var epoch, var version, var release, var built, var source, ..])
            throw new ReportRefusedException($"{name}: the package does not say its name, version and architecture.");

        var arch = source is "(none)" ? "src" : built;
        return $"{package}-{version}-{release}.{arch}.rpm" == name
            ? new PackageMeta(package, epoch, version, release, arch, digest, source is "(none)" ? null : source)
            : throw new ReportRefusedException($"{name}: the package in it is {package}-{version}-{release}.{arch}.rpm.");
    }

    /// <summary>A package that cannot be listed would keep all others of its repository from being published.</summary>
    private async Task DescribeAsync(string name, string digest, string folder, CancellationToken cancellation)
    {
        var copy = CopyOf(name);
        await CreateRepo.RunAsync(folder, [copy], [], Limited, cancellation);
        try
        {
            if (RpmMetadata.ReadAll(folder).GetValueOrDefault(copy) != digest)
                throw new ReportRefusedException($"{name}: {CreateRepo.Program} cannot describe the package, as of one with control characters in its texts.");
        }
        catch (XmlException e)
        {
            throw new ReportRefusedException($"{name}: what {CreateRepo.Program} says of the package cannot be read: {e.Message}");
        }
    }

    /// <summary>The one paragraph of an index that is about this file.</summary>
    private static DebControl Listed(string name, string digest, string listing) =>
        AptListing.Paragraphs(listing).ToList() is [{ Key: var key, Value: var text }] && key.Sha256 == digest
            ? DebControl.Parse(text)
            : throw new ReportRefusedException($"{name}: {AptIndex.Program} cannot describe the package.");

    /// <summary>Nothing can be recorded that has a NUL.</summary>
    private static string Text(string name, ReadOnlySpan<byte> said) =>
        said.Contains((byte)0) ? throw new ReportRefusedException($"{name}: the package says something with a NUL character.") : Encoding.UTF8.GetString(said);

    /// <summary>apt knows what it looks at by the end of its name.</summary>
    private static string CopyOf(string name) => $"package{Path.GetExtension(name)}";

    /// <summary>Runs commands that take the package's path last, and then what asks more of the package, within limits: what they look at was made by somebody's build.</summary>
    /// <returns>What each of them said.</returns>
    private async Task<IReadOnlyList<byte[]>> RunAsync(
        string name, string digest, string[][] commands, CancellationToken cancellation, Func<string, CancellationToken, Task>? ask = null)
    {
        using var folder = WorkFolder.In(options.Value.WorkPath);
        var copy = Path.Combine(folder.Path, CopyOf(name));
        var context = new ToolContext
        {
            Limits = Limited, Environment = new Dictionary<string, string> { ["TMPDIR"] = folder.Path }, WorkingDirectory = folder.Path,
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.Value.ToolTime);
        var (tool, said) = ("", new List<byte[]>());
        try
        {
            await CopyAsync(digest, copy, cancellation);
            foreach (var command in commands)
                said.Add(await Tool.RunAsync(tool = command[0], [.. command[1..], copy], context, limit.Token));

            tool = CreateRepo.Program;
            await (ask?.Invoke(folder.Path, limit.Token) ?? Task.CompletedTask);
            return said;
        }
        catch (ToolFailedException failed)
        {
            throw new ReportRefusedException($"{name}: {failed.Message.Replace(copy, name, StringComparison.Ordinal)}");
        }
        catch (Win32Exception)
        {
            throw new ReportRefusedException($"{name}: {tool} is not installed here, so the package cannot be looked at.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ReportRefusedException($"{name}: {tool} did not end within {options.Value.ToolTime}.");
        }
    }

    private async Task CopyAsync(string digest, string path, CancellationToken cancellation)
    {
        await using var bytes = await OpenAsync(digest, cancellation);
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        await bytes.CopyToAsync(file, cancellation);
    }

    private async Task<Stream> OpenAsync(string digest, CancellationToken cancellation) =>
        await store.OpenAsync(digest, range: null, cancellation) ?? throw new ReportRefusedException($"Nothing was uploaded as {digest}.");
}
