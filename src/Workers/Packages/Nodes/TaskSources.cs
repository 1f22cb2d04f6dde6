using System.Formats.Tar;
using System.Security.Cryptography;
using EventSourced.Workers.Adapters.Downloads;
using EventSourced.Workers.Adapters.Git;
using EventSourced.Workers.Adapters.Sandbox;
using EventSourced.Workers.Packages.Reports;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>
/// Brings the source of a task into one file: the source package that was built before, from the build system; else a source package from a user's address;
/// else a commit of Git. A source package is at most as large as a build's workspace. Nothing of it runs here.
/// </summary>
public sealed class TaskSources(GitFetch git, SourceDownload download, MasterClient master, IOptions<SandboxOptions> limits)
{
    private const int MostFiles = 100;
    private const long LongestControlFile = 1 << 20;

    /// <exception cref="GitFetchException">The commit cannot be had.</exception>
    /// <exception cref="DownloadException">The source package cannot be had, or is not the expected one.</exception>
    public async Task<FetchedSource> FetchAsync(NodeTask task, string folder, BuildLog log, CancellationToken cancellation)
    {
        var tar = Path.Combine(folder, "source.tar");
        var into = Directory.CreateDirectory(Path.Combine(folder, "source")).FullName;
        if (task.BuiltSrpmUrl is { } built)
        {
            log.WriteLine($"Source package {built}");
            await PackAsync(await FetchAsync(new Uri(built), into, master.FetchAsync, task.SrpmHash, cancellation), tar, cancellation);
            return new FetchedSource(tar, SourceKind.Package, task.Ref.GitCommitHash);
        }

        if (task.Ref.IsSourcePackage)
        {
            log.WriteLine($"Source package {task.Ref.Url}");
            if (!Uri.TryCreate(task.Ref.Url, UriKind.Absolute, out var url))
                throw new DownloadException("The source package's URL is not an absolute URL.");

            await PackAsync(await FetchAsync(url, into, download.FetchAsync, sha256: null, cancellation), tar, cancellation);
            return new FetchedSource(tar, SourceKind.Package, Commit: null);
        }

        var source = GitSource.Parse(task.Ref.Url, task.Ref.GitCommitHash ?? task.Ref.GitRef, task.Ref.RefType);
        log.WriteLine($"Commit of {source.Address}, {task.Ref.GitRef ?? "HEAD"}");
        var commit = await git.FetchAsync(source, tar, log.WriteAsync, cancellation);
        log.WriteLine($"Commit {commit}");
        return new FetchedSource(tar, SourceKind.Tree, commit);
    }

    /// <summary>A source package is one <c>.src.rpm</c>, or a <c>.dsc</c> with the files that it names, beside it.</summary>
    private async Task<IReadOnlyList<string>> FetchAsync(
        Uri url, string folder, Func<Uri, string, long, CancellationToken, Task> fetch, string? sha256, CancellationToken cancellation)
    {
        var name = Path.GetFileName(url.LocalPath);
        if (!BuildResults.IsSourcePackage(name))
            throw new DownloadException("The URL is not that of a .src.rpm or .dsc.");

        var (package, isControlFile) = (Path.Combine(folder, name), name.EndsWith(".dsc", StringComparison.Ordinal));
        await fetch(url, package, isControlFile ? LongestControlFile : limits.Value.WorkspaceBytes, cancellation);
        if (sha256 is not null)
            await CheckAsync(package, sha256, cancellation);

        if (!isControlFile)
            return [package];

        var files = FilesOf(name, await File.ReadAllTextAsync(package, cancellation));
        foreach (var file in files)
        {
            var part = Path.Combine(folder, file.Name);
            await fetch(new Uri(url, Uri.EscapeDataString(file.Name)), part, file.Bytes ?? 0, cancellation);
            await CheckAsync(part, file.Sha256, cancellation);
        }

        return [package, .. files.Select(file => Path.Combine(folder, file.Name))];
    }

    private IReadOnlyList<DebFile> FilesOf(string name, string control)
    {
        var files = DebControl.Parse(control).Files;
        if (files.Count is 0 or > MostFiles || !files.All(file => file.Bytes is not null && BuildResults.IsSourcePart(file.Name))
            || files.DistinctBy(file => file.Name).Count() != files.Count)
            throw new DownloadException($"{name} does not name the files of a source package.");

        return files.Aggregate((Int128)0, (sum, file) => sum + (file.Bytes ?? 0)) <= limits.Value.WorkspaceBytes
            ? files
            : throw new DownloadException($"The files of {name} are larger together than the {limits.Value.WorkspaceBytes} bytes of a build's workspace.");
    }

    private static async Task CheckAsync(string path, string sha256, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        var found = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
        if (!string.Equals(found, sha256, StringComparison.OrdinalIgnoreCase))
            throw new DownloadException($"{Path.GetFileName(path)} has the SHA-256 {found} instead of {sha256}.");
    }

    /// <summary>Each file is gone once it is packed, so that the disk holds it once.</summary>
    private static async Task PackAsync(IReadOnlyList<string> files, string tarFile, CancellationToken cancellation)
    {
        await using var tar = new TarWriter(File.Create(tarFile));
        foreach (var file in files)
        {
            await tar.WriteEntryAsync(file, Path.GetFileName(file), cancellation);
            File.Delete(file);
        }
    }
}
