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
    private const long LongestListing = 4 << 20;

    /// <summary>Of what is recorded of a package, and listed of it.</summary>
    private const int LongestControl = 1 << 20, LongestRpmFields = 4 << 10;

    /// <summary>What an index of packages says itself, whatever the package says.</summary>
    private static readonly HashSet<string> OfTheIndex = new(["Filename", "Size", "SHA256"], StringComparer.OrdinalIgnoreCase);

    /// <summary>What an index of source packages has from elsewhere, by another name, or not at all; the files are compared apart.</summary>
    private static readonly HashSet<string> OfTheSourceIndex = new(
        ["Source", "Package", "Directory", "Priority", "Files", "Checksums-Sha1", "Checksums-Sha256", "Checksums-Sha512"], StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// That the unpacked control archive is small, before the others unpack it to files; that dpkg finds one package in it, of which nothing is said twice; what it
    /// says; what apt will say of it.
    /// </summary>
    private static readonly string[][] DebCommands =
        [["dpkg-deb", "--ctrl-tarfile"], ["dpkg-deb", "--show"], ["dpkg-deb", "--field"], [AptIndex.Program, .. AptIndex.Checksums, "packages"]];

    private const string RpmFields = "%{NAME}\n%{EPOCHNUM}\n%{VERSION}\n%{RELEASE}\n%{ARCH}\n%{SOURCERPM}\n";

    /// <exception cref="ReportRefusedException">It is no package, or not the one its name says.</exception>
    public async Task<PackageMeta> ReadDebAsync(string name, string digest, CancellationToken cancellation)
    {
        if (await RunAsync(name, digest, DebCommands, cancellation) is not [_, _, var fields, var listing])
            throw new InvalidOperationException("Each command says something.");

        var control = DebControl.Parse(Text(name, Bounded(name, fields, LongestControl)));
        var meta = control.ToMeta(digest) ?? throw new ReportRefusedException($"{name}: the package does not say its name, version and architecture.");
        if (control.FileName(Path.GetExtension(name)) is var own && own != name)
            throw new ReportRefusedException($"{name}: the package in it is {own}.");

        RefuseOtherwiseListed(name, control, Listed(name, digest, Text(name, listing)), OfTheIndex);
        return meta;
    }

    /// <inheritdoc cref="ReadDebAsync"/>
    public async Task<PackageMeta> ReadDscAsync(string name, string digest, CancellationToken cancellation)
    {
        var control = await ReadControlAsync(name, digest, LongestControl, cancellation);
        var meta = control.ToSourceMeta(digest) ?? throw new ReportRefusedException($"{name}: the source package does not say its name and version.");
        if (control.SourceFileName != name)
            throw new ReportRefusedException($"{name}: the source package in it is {control.SourceFileName}.");

        var said = await RunAsync(name, digest, [[AptIndex.Program, .. AptIndex.Checksums, "sources"]], cancellation);
        var listed = Listed(name, digest, Text(name, said[0]));
        RefuseOtherwiseListed(name, control, listed, OfTheSourceIndex);
        return listed.Fields.GetValueOrDefault("Package") == meta.Name && listed.Files.Where(file => file.Name != CopyOf(name)).ToHashSet().SetEquals(control.Files)
            ? meta
            : throw new ReportRefusedException($"{name}: the index of a repository would not say of the source package what it says.");
    }

    /// <summary>The fields of a <c>.dsc</c>, <c>.changes</c> or <c>.buildinfo</c>.</summary>
    /// <exception cref="ReportRefusedException">It is longer than any of them.</exception>
    public Task<DebControl> ReadControlAsync(string name, string digest, CancellationToken cancellation) => ReadControlAsync(name, digest, LongestListing, cancellation);

    /// <inheritdoc cref="ReadDebAsync"/>
    /// <remarks>The digests that a package carries of itself are checked; whether a signature counts is for others to say.</remarks>
    public async Task<PackageMeta> ReadRpmAsync(string name, string digest, CancellationToken cancellation)
    {
        var said = await RunAsync(
            name, digest, [["rpmkeys", "--checksig", "--nosignature"], ["rpm", "--query", "--nosignature", "--queryformat", RpmFields, "--package"]], cancellation,
            (folder, limit) => DescribeAsync(name, digest, folder, limit));
        if (Text(name, Bounded(name, said[^1], LongestRpmFields)).Split('\n') is not [var package, var epoch, var version, var release, var built, var source, ..])
            throw new ReportRefusedException($"{name}: the package does not say its name, version and architecture.");

        var arch = source is "(none)" ? "src" : built;
        return $"{package}-{version}-{release}.{arch}.rpm" == name
            ? new PackageMeta(package, epoch, version, release, arch, digest, source is "(none)" ? null : source)
            : throw new ReportRefusedException($"{name}: the package in it is {package}-{version}-{release}.{arch}.rpm.");
    }

    /// <summary>What such a tool may use: room for any honest package.</summary>
    internal static ToolLimits Limits(VerificationOptions options) => new(MemoryBytes: 2L << 30, FileBytes: 256 << 20, OutputBytes: 32 << 20, CpuTime: options.ToolTime);

    private async Task<DebControl> ReadControlAsync(string name, string digest, long mostBytes, CancellationToken cancellation)
    {
        await using var bytes = await OpenAsync(digest, cancellation);
        if (bytes.Length > mostBytes)
            throw new ReportRefusedException($"{name} is longer than {mostBytes} bytes.");

        using var all = new MemoryStream();
        await bytes.CopyToAsync(all, cancellation);
        return DebControl.ParseSigned(Text(name, all.ToArray()));
    }

    /// <summary>Every field counts, whichever of the two has it: what only apt finds in a package would be signed with the index all the same.</summary>
    private static void RefuseOtherwiseListed(string name, DebControl control, DebControl listed, HashSet<string> except)
    {
        var fields = control.Fields.Keys.Concat(listed.Fields.Keys).Where(field => !except.Contains(field));
        if (fields.FirstOrDefault(field => control.Fields.GetValueOrDefault(field) != listed.Fields.GetValueOrDefault(field)) is { } other)
            throw new ReportRefusedException($"{name}: the index of a repository would not say of the package's {other} what the package says.");
    }

    /// <summary>A package that cannot be listed would keep all others of its repository from being published.</summary>
    private async Task DescribeAsync(string name, string digest, string folder, CancellationToken cancellation)
    {
        var copy = CopyOf(name);
        await CreateRepo.RunAsync(folder, [copy], [], Limits(options.Value), cancellation);
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

    private static byte[] Bounded(string name, byte[] said, int mostBytes) =>
        said.Length <= mostBytes ? said : throw new ReportRefusedException($"{name}: the package says more of itself than {mostBytes} bytes.");

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
            Limits = Limits(options.Value), Environment = new Dictionary<string, string> { ["TMPDIR"] = folder.Path }, WorkingDirectory = folder.Path,
        };
        await CopyAsync(digest, copy, cancellation);
        var (tool, said) = ("", new List<byte[]>());
        try
        {
            foreach (var command in commands)
                await InTimeAsync(async limit => said.Add(await Tool.RunAsync(tool = command[0], [.. command[1..], copy], context, limit)), cancellation);

            tool = CreateRepo.Program;
            if (ask is not null)
                await InTimeAsync(limit => ask(folder.Path, limit), cancellation);

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

    /// <summary>Each has its own time: of a large package one alone may take most of it.</summary>
    private async Task InTimeAsync(Func<CancellationToken, Task> run, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.Value.ToolTime);
        await run(limit.Token);
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
