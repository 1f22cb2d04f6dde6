using System.ComponentModel;
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

    private const string Copy = "package.rpm";

    private const string RpmFields = "%{NAME}\n%{EPOCHNUM}\n%{VERSION}\n%{RELEASE}\n%{ARCH}\n%{SOURCERPM}\n";

    /// <exception cref="ReportRefusedException">It is no package, or not the one its name says.</exception>
    public async Task<PackageMeta> ReadDebAsync(string name, string digest, CancellationToken cancellation)
    {
        var control = DebControl.Parse(await RunAsync(name, digest, [["dpkg-deb", "--field"]], cancellation));
        var meta = control.ToMeta(digest) ?? throw new ReportRefusedException($"{name}: the package does not say its name, version and architecture.");
        return control.FileName == name ? meta : throw new ReportRefusedException($"{name}: the package in it is {control.FileName}.");
    }

    /// <inheritdoc cref="ReadDebAsync"/>
    public async Task<PackageMeta> ReadDscAsync(string name, string digest, CancellationToken cancellation)
    {
        var control = await ReadControlAsync(name, digest, cancellation);
        var meta = control.ToSourceMeta(digest) ?? throw new ReportRefusedException($"{name}: the source package does not say its name and version.");
        return control.SourceFileName == name ? meta : throw new ReportRefusedException($"{name}: the source package in it is {control.SourceFileName}.");
    }

    /// <summary>The fields of a <c>.dsc</c>, <c>.changes</c> or <c>.buildinfo</c>.</summary>
    /// <exception cref="ReportRefusedException">It is longer than any of them.</exception>
    public async Task<DebControl> ReadControlAsync(string name, string digest, CancellationToken cancellation)
    {
        await using var bytes = await OpenAsync(digest, cancellation);
        if (bytes.Length > LongestControlFile)
            throw new ReportRefusedException($"{name} is longer than {LongestControlFile} bytes.");

        using var reader = new StreamReader(bytes);
        return DebControl.Parse(await reader.ReadToEndAsync(cancellation));
    }

    /// <inheritdoc cref="ReadDebAsync"/>
    /// <remarks>The digests that a package carries of itself are checked; whether a signature counts is for others to say.</remarks>
    public async Task<PackageMeta> ReadRpmAsync(string name, string digest, CancellationToken cancellation)
    {
        var said = await RunAsync(
            name, digest, [["rpmkeys", "--checksig", "--nosignature"], ["rpm", "--query", "--nosignature", "--queryformat", RpmFields, "--package"]], cancellation,
            (folder, limit) => DescribeAsync(name, digest, folder, limit));
        if (said.Split('\n') is not [var package, var epoch, var version, var release, var built, var source, ..])
            throw new ReportRefusedException($"{name}: the package does not say its name, version and architecture.");

        var arch = source is "(none)" ? "src" : built;
        return $"{package}-{version}-{release}.{arch}.rpm" == name
            ? new PackageMeta(package, epoch, version, release, arch, digest, source is "(none)" ? null : source)
            : throw new ReportRefusedException($"{name}: the package in it is {package}-{version}-{release}.{arch}.rpm.");
    }

    /// <summary>A package that cannot be listed would keep all others of its repository from being published.</summary>
    private static async Task DescribeAsync(string name, string digest, string folder, CancellationToken cancellation)
    {
        await CreateRepo.RunAsync(folder, [Copy], [], cancellation);
        try
        {
            if (RpmMetadata.ReadAll(folder).GetValueOrDefault(Copy) != digest)
                throw new ReportRefusedException($"{name}: {CreateRepo.Program} cannot describe the package, as of one with control characters in its texts.");
        }
        catch (XmlException e)
        {
            throw new ReportRefusedException($"{name}: what {CreateRepo.Program} says of the package cannot be read: {e.Message}");
        }
    }

    /// <summary>Runs commands that take the package's path last, and then what asks more of the package.</summary>
    /// <returns>What the last command said.</returns>
    private async Task<string> RunAsync(
        string name, string digest, string[][] commands, CancellationToken cancellation, Func<string, CancellationToken, Task>? ask = null)
    {
        using var folder = WorkFolder.In(options.Value.WorkPath);
        var copy = Path.Combine(folder.Path, Copy);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.Value.ToolTime);
        var (tool, said) = ("", "");
        try
        {
            await CopyAsync(digest, copy, cancellation);
            foreach (var command in commands)
                said = await Tool.ReadTextAsync(tool = command[0], [.. command[1..], copy], ToolContext.Default, limit.Token);

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
