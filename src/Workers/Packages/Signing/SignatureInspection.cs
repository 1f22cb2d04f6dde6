using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Signing;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Artifacts;
using EventSourced.Workers.Packages.Reports;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Packages.Signing;

/// <summary>Compares signed files with their unsigned ones: the right key, a valid signature, and nothing else changed.</summary>
public sealed class SignatureInspection(
    IDocumentStore documents, IArtifactStore store, PublicKeys keys, IOptions<ArtifactOptions> artifacts, IOptions<VerificationOptions> options)
{
    /// <returns>The signed files with digests and sizes.</returns>
    /// <exception cref="ReportRefusedException">One of them cannot be believed.</exception>
    public async Task<IReadOnlyList<SignedPackage>> InspectAsync(VerifySignatures report, CancellationToken cancellation)
    {
        if (artifacts.Value.Mode is ArtifactMode.Trust)
            return Believed(report);

        if (report.Signed.CountBy(p => p.Id).FirstOrDefault(n => n.Value > 1) is { Value: > 1 } twice)
            throw new ReportRefusedException($"The package {twice.Key} was reported twice.");

        if (report.Unsigned.FirstOrDefault(p => report.Signed.All(s => s.Id != p.Id)) is { } missing)
            throw new ReportRefusedException($"{missing.Name} did not come back signed.");

        await using var session = documents.QuerySession();
        var key = await session.LoadAsync<SignKeyDetails>(report.SignKeyId.StreamKey, cancellation)
            ?? throw new InvalidOperationException($"Nothing is recorded of {report.SignKeyId.StreamKey}.");
        var publicKey = await keys.ReadAsync(key, cancellation);
        using var bench = await SignatureBench.PrepareAsync(options.Value, publicKey, report.Fingerprint, cancellation);
        var inspected = new List<SignedPackage>();
        foreach (var (unsigned, signed) in report.Unsigned.Join(report.Signed, u => u.Id, s => s.Id, (unsigned, signed) => (unsigned, signed)))
            inspected.Add(await InspectAsync(unsigned, signed, bench, cancellation));

        return inspected;
    }

    /// <summary>A node that says it succeeded has signed everything: a package that it does not name, where it lies.</summary>
    private static IReadOnlyList<SignedPackage> Believed(VerifySignatures report)
    {
        var named = report.Signed.Select(s => s.Id).ToHashSet();
        var others = report.Unsigned.Where(u => !(u.SameName ?? [u.Id]).Any(named.Contains));
        return [.. report.Signed, .. others.Select(u => new SignedPackage(u.Id, u.Name, u.Href, report.Fingerprint, u.Sha256, u.CasHash))];
    }

    private async Task<SignedPackage> InspectAsync(SignPackage unsigned, SignedPackage signed, SignatureBench bench, CancellationToken cancellation)
    {
        var digest = ArtifactHrefs.DigestOf(signed.Href ?? "") ?? throw new ReportRefusedException($"{signed.Name}: '{signed.Href}' is no file in our store.");
        if (signed.Sha256 is { } reported && reported != digest)
            throw new ReportRefusedException($"{signed.Name}: the reported SHA-256 {reported} is not that of the uploaded file, {digest}.");

        var stored = await store.FindAsync(digest, cancellation) ?? throw new ReportRefusedException($"{signed.Name}: nothing was uploaded as {digest}.");
        var (before, after) = (bench.FileFor("unsigned"), bench.FileFor("signed"));
        await CopyAsync(unsigned.Sha256 ?? ArtifactHrefs.DigestOf(unsigned.Href) ?? "", before, cancellation);
        await CopyAsync(digest, after, cancellation);
        await (unsigned.Type is ArtifactType.Rpm ? bench.CheckRpmAsync(signed.Name, before, after, cancellation) : bench.CheckTextAsync(signed.Name, before, after, cancellation));
        return signed with { Sha256 = digest, SizeBytes = stored.SizeBytes };
    }

    private async Task CopyAsync(string digest, string path, CancellationToken cancellation)
    {
        await using var bytes = await store.OpenAsync(digest, range: null, cancellation) ?? throw new ReportRefusedException($"{digest} is not in our store.");
        await using var file = File.Create(path);
        await bytes.CopyToAsync(file, cancellation);
    }
}
