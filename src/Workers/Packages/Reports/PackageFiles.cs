using System.ComponentModel;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.Workers.Adapters.Processes;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Reports;

/// <summary>Reads what a package says about itself, with the distribution's own tools, and checks that its file name says the same.</summary>
public sealed class PackageFiles(IArtifactStore store, IOptions<VerificationOptions> options)
{
    private const string RpmFields = "%{NAME}\n%{EPOCHNUM}\n%{VERSION}\n%{RELEASE}\n%{ARCH}\n%{SOURCERPM}\n";

    /// <exception cref="ReportRefusedException">It is no package, or not the one its name says.</exception>
    public async Task<PackageMeta> ReadDebAsync(string name, string digest, CancellationToken cancellation)
    {
        var control = DebControl.Parse(await RunAsync("dpkg-deb", file => ["--field", file], name, digest, cancellation));
        var meta = control.ToMeta(digest) ?? throw new ReportRefusedException($"{name}: the package does not say its name, version and architecture.");
        return control.FileName == name ? meta : throw new ReportRefusedException($"{name}: the package in it is {control.FileName}.");
    }

    /// <inheritdoc cref="ReadDebAsync"/>
    public async Task<PackageMeta> ReadRpmAsync(string name, string digest, CancellationToken cancellation)
    {
        var said = await RunAsync("rpm", file => ["--query", "--nosignature", "--nodigest", "--queryformat", RpmFields, "--package", file], name, digest, cancellation);
        if (said.Split('\n') is not [var package, var epoch, var version, var release, var built, var source, ..])
            throw new ReportRefusedException($"{name}: the package does not say its name, version and architecture.");

        var arch = source is "(none)" ? "src" : built;
        return $"{package}-{version}-{release}.{arch}.rpm" == name
            ? new PackageMeta(package, epoch, version, release, arch, digest, source is "(none)" ? null : source)
            : throw new ReportRefusedException($"{name}: the package in it is {package}-{version}-{release}.{arch}.rpm.");
    }

    private async Task<string> RunAsync(string tool, Func<string, string[]> arguments, string name, string digest, CancellationToken cancellation)
    {
        var copy = Path.Combine(Directory.CreateDirectory(options.Value.WorkPath).FullName, Guid.CreateVersion7().ToString("N"));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.Value.ToolTime);
        try
        {
            await CopyAsync(digest, copy, cancellation);
            return await Tool.ReadTextAsync(tool, arguments(copy), ToolContext.Default, limit.Token);
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
        finally
        {
            File.Delete(copy);
        }
    }

    private async Task CopyAsync(string digest, string path, CancellationToken cancellation)
    {
        await using var bytes = await store.OpenAsync(digest, range: null, cancellation) ?? throw new ReportRefusedException($"Nothing was uploaded as {digest}.");
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        await bytes.CopyToAsync(file, cancellation);
    }
}
