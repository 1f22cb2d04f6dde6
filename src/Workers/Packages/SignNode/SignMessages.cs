namespace EventSourced.Workers.Packages.SignNode;

internal sealed record GetSignTaskRequest(IReadOnlyList<string> KeyIds);

/// <summary>A task as the build system hands it out; without a number there is none.</summary>
public sealed record SignTask(int? Id, int BuildId, string Keyid, IReadOnlyList<PackageToSign> Packages, int Attempt);

/// <param name="Type"><c>rpm</c> or <c>deb</c>.</param>
public sealed record PackageToSign(int Id, string Name, string? Arch, string Type, Uri DownloadUrl, string? CasHash, string? Sha256);

public sealed record SignDone(int BuildId, bool Success, string? ErrorMessage, string? LogHref, IReadOnlyList<PackageSigned> Packages, SignStatistics Stats);

public sealed record PackageSigned(int Id, string Name, string? Arch, string Type, string Href, string Fingerprint, string Sha256, string? CasHash);

/// <param name="SignTaskStartTime">UTC with a space, as the dialect writes it.</param>
/// <param name="DownloadPackagesTime">Seconds.</param>
/// <param name="SignPackagesTime">Seconds.</param>
/// <param name="UploadPackagesTime">Seconds.</param>
public sealed record SignStatistics(string SignTaskStartTime, double DownloadPackagesTime, double SignPackagesTime, double UploadPackagesTime);

internal sealed record NewSignKey(string Name, string Description, string Keyid, string Fingerprint, string PublicKey);
