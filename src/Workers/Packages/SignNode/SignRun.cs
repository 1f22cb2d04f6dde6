using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EventSourced.Workers.Adapters.Files;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Adapters.Signing;
using EventSourced.Workers.Packages.Nodes;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.SignNode;

/// <summary>A task cannot be signed.</summary>
/// <param name="message">The reason, as shown to the user.</param>
public sealed class SigningFailedException(string message) : Exception(message);

/// <summary>One claimed task: its packages fetched, compared with their digests, signed, brought into the store, reported.</summary>
public sealed class SignRun(SignMaster master, ArtifactUploader uploader, SecretKeys keys, IOptions<SignNodeOptions> options, TimeProvider time, ILogger<SignRun> nodeLog)
{
    private static readonly TimeSpan DownloadPause = TimeSpan.FromMilliseconds(250);

    /// <exception cref="OperationCanceledException">The task was taken away or the host stops; nothing is reported.</exception>
    /// <exception cref="MasterRefusedException">The server refuses even the report that it refused something; nothing is reported.</exception>
    /// <exception cref="IOException">The work folder cannot be used; nothing is reported.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached or refuses; the task returns to the queue by our silence.</exception>
    public async Task<ReportAnswer> RunAsync(SignTask task, CancellationToken cancellation)
    {
        using var folder = WorkFolder.In(options.Value.WorkPath, $"{task.Id}-{task.Attempt}-");
        var (clock, log) = (new StepClock(time), new StringBuilder());
        try
        {
            return await ReportAsync(await SignAsync(task, folder.Path, clock, log, cancellation), error: null);
        }
        catch (Exception e) when (e is SigningFailedException or ToolFailedException or MasterRefusedException)
        {
            log.AppendLine(e.Message);
            return await ReportAsync([], e.Message);
        }
        catch (Exception e) when (e is not (OperationCanceledException or HttpRequestException or IOException or UnauthorizedAccessException or JsonException))
        {
            nodeLog.SignTaskNotUnderstood(task.Id ?? 0, task.Attempt, e);
            log.AppendLine(CultureInfo.InvariantCulture, $"The node could not make sense of it: {e.GetType().Name}, {e.Message}");
            return await ReportAsync([], $"The node could not make sense of the task: {e.GetType().Name}.");
        }

        async Task<ReportAnswer> ReportAsync(IReadOnlyList<PackageSigned> signed, string? error)
        {
            var uploaded = await UploadLogAsync(task, folder.Path, log, cancellation);
            var report = new SignDone(task.BuildId, Success: error is null, error, uploaded, signed, clock.Statistics);
            return await master.ReportAsync(task.Id ?? 0, task.Attempt, report, cancellation);
        }
    }

    private async Task<IReadOnlyList<PackageSigned>> SignAsync(SignTask task, string folder, StepClock clock, StringBuilder log, CancellationToken cancellation)
    {
        await using var home = await keys.OpenAsync(cancellation);
        var fingerprint = (await home.FindKeysAsync(cancellation)).FirstOrDefault(f => f.EndsWith(task.Keyid, StringComparison.OrdinalIgnoreCase))
            ?? throw new SigningFailedException($"This node has no key {task.Keyid}.");
        log.AppendLine(CultureInfo.InvariantCulture, $"Sign task {task.Id} of build {task.BuildId}, attempt {task.Attempt}: {task.Packages.Count} files with {fingerprint}");

        var files = new List<(PackageToSign Package, string Path)>();
        foreach (var package in task.Packages)
            files.Add((package, await FetchAsync(package, folder, cancellation)));

        clock.Downloaded();
        var signer = new PackageSigner(home, fingerprint, folder, options.Value.FileTime);
        foreach (var (package, path) in files)
            log.AppendLine((await signer.SignAsync(package.Type, path, cancellation)).Replace(folder, "", StringComparison.Ordinal).TrimEnd());

        clock.Signed();
        var signed = new List<PackageSigned>();
        foreach (var (package, path) in files)
        {
            var stored = await uploader.UploadAsync(path, package.Type, cancellation);
            signed.Add(new(package.Id, package.Name, package.Arch, package.Type, stored.Href, fingerprint, stored.Sha256, package.CasHash));
        }

        clock.Uploaded();
        return signed;
    }

    /// <summary>One name may come once an arch, so each file has a folder of its own.</summary>
    private async Task<string> FetchAsync(PackageToSign package, string folder, CancellationToken cancellation)
    {
        if (package.Name != Path.GetFileName(package.Name) || package.Name.StartsWith('.') || package.Name.StartsWith('-'))
            throw new SigningFailedException($"'{package.Name}' is no plain file name.");

        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, package.Id.ToString(CultureInfo.InvariantCulture))).FullName, package.Name);
        var begun = time.GetTimestamp();
        while (!await master.DownloadAsync(package.DownloadUrl, path, cancellation) || !await IsAsToldAsync(package, path, cancellation))
        {
            if (time.GetElapsedTime(begun) >= options.Value.DownloadWait)
                throw new SigningFailedException($"{package.Name} is not at {package.DownloadUrl}, or its digest is not {package.Sha256}.");

            await Task.Delay(DownloadPause, time, cancellation);
        }

        return path;
    }

    private static async Task<bool> IsAsToldAsync(PackageToSign package, string path, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        return package.Sha256 is null || Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation)) == package.Sha256;
    }

    private async Task<string> UploadLogAsync(SignTask task, string folder, StringBuilder log, CancellationToken cancellation)
    {
        var path = Path.Combine(folder, $"sign_task.{task.Id}.{task.Attempt}.log");
        await File.WriteAllTextAsync(path, log.ToString(), cancellation);
        return (await uploader.UploadAsync(path, "build_log", cancellation)).Href;
    }

    /// <summary>What each step took.</summary>
    private sealed class StepClock(TimeProvider time)
    {
        private readonly DateTimeOffset started = time.GetUtcNow();
        private long at = time.GetTimestamp();
        private TimeSpan download, sign, upload;

        public SignStatistics Statistics => new(StepStatistics.Of(started, started).StartTs, download.TotalSeconds, sign.TotalSeconds, upload.TotalSeconds);

        public void Downloaded() => download = Lap();

        public void Signed() => sign = Lap();

        public void Uploaded() => upload = Lap();

        private TimeSpan Lap()
        {
            var before = at;
            at = time.GetTimestamp();
            return time.GetElapsedTime(before, at);
        }
    }
}
