using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Artifacts;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Reports;

/// <summary>Compares a report with the bytes that were uploaded: digests, names, and what each package says about itself.</summary>
public sealed class ReportInspection(IDocumentStore documents, IArtifactStore store, PackageFiles files, IOptions<ArtifactOptions> options)
{
    /// <summary>Of what all packages of a report say of themselves: it is recorded, indexed and answered as one.</summary>
    private const int MostControlCharacters = 16 << 20;

    /// <returns>The artifacts with sizes and what packages say about themselves.</returns>
    /// <exception cref="ReportRefusedException">It cannot be believed.</exception>
    public async Task<IReadOnlyList<BuildArtifact>> InspectAsync(VerifyBuildReport report, CancellationToken cancellation)
    {
        if (report.Artifacts.Where(a => a.Type is not ArtifactType.BuildLog).CountBy(a => a.Name, StringComparer.Ordinal).FirstOrDefault(n => n.Value > 1) is { Key: { } twice })
            throw new ReportRefusedException($"{twice} was reported twice.");

        await using var session = documents.QuerySession();
        var task = await session.NodeTaskAsync(report.BuildTaskId, cancellation)
            ?? throw new InvalidOperationException($"Nothing is recorded of {report.BuildTaskId.StreamKey}.");
        RefuseForeignPackages(report, task.Task.Platform.Type);
        RefuseIncompleteSources(report);
        RefuseBinariesWithoutSource(report, task);

        var kept = report.Artifacts.Where(artifact => artifact.IsKept(task.Task.Arch, task.Task.SourcePackage is not null));
        IReadOnlyList<BuildArtifact> artifacts = options.Value.Mode is ArtifactMode.Trust
            ? [.. kept.Select(Believed)]
            : await InspectAsync(kept, task.Task.Arch, cancellation);
        if (options.Value.Mode is not ArtifactMode.Trust)
            await RefuseOtherFilesThanNamedAsync(artifacts, cancellation);

        var sources = artifacts.Where(a => a.IsOfSource).ToList();
        if (sources is not [] && await session.NamesakesAsync(task.Task, sources, cancellation) is [var first, ..])
            throw new ReportRefusedException($"{first.Name}: task {first.BuildTaskId} delivered another file of this name for another package of the build.");

        return artifacts;
    }

    private async Task<IReadOnlyList<BuildArtifact>> InspectAsync(IEnumerable<BuildArtifact> reported, string arch, CancellationToken cancellation)
    {
        var (artifacts, characters) = (new List<BuildArtifact>(), 0L);
        foreach (var artifact in reported)
        {
            var inspected = await InspectAsync(artifact, arch, cancellation);
            characters += inspected.Meta?.Control?.Sum(field => field.Key.Length + (long)field.Value.Length) ?? 0;
            if (characters > MostControlCharacters)
                throw new ReportRefusedException($"The packages up to {artifact.Name} say more of themselves than {MostControlCharacters} characters together.");

            artifacts.Add(inspected);
        }

        return artifacts;
    }

    private async Task<BuildArtifact> InspectAsync(BuildArtifact artifact, string arch, CancellationToken cancellation)
    {
        var digest = ArtifactHrefs.DigestOf(artifact.Href) ?? throw new ReportRefusedException($"{artifact.Name}: '{artifact.Href}' is no file in our store.");
        if (artifact.Sha256 is { } reported && reported != digest)
            throw new ReportRefusedException($"{artifact.Name}: the reported SHA-256 {reported} is not that of the uploaded file, {digest}.");

        var stored = await store.FindAsync(digest, cancellation) ?? throw new ReportRefusedException($"{artifact.Name}: nothing was uploaded as {digest}.");
        var meta = artifact.Type switch
        {
            ArtifactType.Deb when artifact.IsSourcePackage => await files.ReadDscAsync(artifact.Name, digest, cancellation),
            ArtifactType.Deb when artifact.IsPackage => await files.ReadDebAsync(artifact.Name, digest, cancellation),
            ArtifactType.Rpm => await files.ReadRpmAsync(artifact.Name, digest, cancellation),
            _ => null,
        };
        if (meta is not null && meta.Arch != arch && meta.Arch is not ("all" or "noarch" or BuildPlan.Source))
            throw new ReportRefusedException($"{artifact.Name} is built for {meta.Arch}, the task is for {arch}.");

        return artifact with { Sha256 = digest, SizeBytes = stored.SizeBytes, Meta = meta };
    }

    private static BuildArtifact Believed(BuildArtifact artifact) => artifact with { Meta = PackageNames.MetaOf(artifact) };

    private static void RefuseForeignPackages(VerifyBuildReport report, PlatformType platform)
    {
        var foreign = platform is PlatformType.Deb ? ArtifactType.Rpm : ArtifactType.Deb;
        if (report.Artifacts.FirstOrDefault(a => a.Type == foreign && (a.IsPackage || a.IsSourcePart)) is { } package)
            throw new ReportRefusedException($"{package.Name} is no package for a platform of type {(platform is PlatformType.Deb ? "deb" : "rpm")}.");
    }

    private static void RefuseIncompleteSources(VerifyBuildReport report)
    {
        if (report.Artifacts.FirstOrDefault(a => a.Type is ArtifactType.Rpm && a.Name.EndsWith(".nosrc.rpm", StringComparison.Ordinal)) is { } incomplete)
            throw new ReportRefusedException($"{incomplete.Name} is a source package without all of its sources (NoSource, NoPatch); such are not taken.");
    }

    private static void RefuseBinariesWithoutSource(VerifyBuildReport report, NodeTask task)
    {
        var packages = report.Artifacts.Where(a => a.IsPackage && (a.Type is ArtifactType.Rpm || task.Task.Arch is BuildPlan.Source)).ToList();
        if (packages is not [] && task.Task.SourcePackage is null && !packages.Exists(a => a.IsSourcePackage))
            throw new ReportRefusedException("Packages were sent, but no source package was sent, and none was built before.");
    }

    /// <summary>A <c>.dsc</c> is nothing without its files; <c>.changes</c> and <c>.buildinfo</c> may name what was not sent or was dropped.</summary>
    private async Task RefuseOtherFilesThanNamedAsync(IReadOnlyList<BuildArtifact> artifacts, CancellationToken cancellation)
    {
        var sent = artifacts.Where(a => a.Type is not ArtifactType.BuildLog).ToDictionary(a => a.Name, a => a.Sha256, StringComparer.Ordinal);
        foreach (var listing in artifacts.Where(a => a.Type is ArtifactType.Deb && (a.IsSourcePackage || !(a.IsPackage || a.IsSourcePart))))
        {
            foreach (var file in (await files.ReadControlAsync(listing.Name, listing.Sha256 ?? "", cancellation)).Files)
            {
                if (!sent.TryGetValue(file.Name, out var digest) && listing.IsSourcePackage)
                    throw new ReportRefusedException($"{listing.Name} names {file.Name}, which was not sent.");

                if (digest is not null && digest != file.Sha256)
                    throw new ReportRefusedException($"{listing.Name} names {file.Name} with the SHA-256 {file.Sha256}; what was sent has {digest}.");
            }
        }
    }
}
