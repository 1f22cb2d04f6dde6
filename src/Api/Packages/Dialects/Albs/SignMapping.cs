using System.Text.Json.Nodes;
using EventSourced.Api.Packages.Dialects.Pulp;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Signing;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Artifacts;

namespace EventSourced.Api.Packages.Dialects.Albs;

public static class SignMapping
{
    /// <param name="request">What is said about the key.</param>
    /// <param name="platforms">Those of its platforms that are known; null when none were given.</param>
    public static SignKeySettings ToSettings(SignKeyRequest request, IReadOnlyList<PlatformId>? platforms) => new()
    {
        Name = request.Name,
        Description = request.Description,
        KeyId = request.Keyid,
        Fingerprint = request.Fingerprint,
        PublicUrl = request.PublicUrl,
        PublicKey = request.PublicKey,
        Platforms = platforms,
    };

    public static SignKeyResponse ToResponse(SignKeyDetails key, Func<string, string> absolute) => new(
        key.Number, key.Settings.Name ?? "", key.Settings.Description ?? "", key.Settings.KeyId ?? "",
        absolute(key.Settings.PublicUrl ?? SignContent.PathOf(key.Settings.KeyId)), key.InsertedAt, key.ArchivedAt is null, key.ArchivedAt,
        [.. (key.Settings.Platforms ?? []).Select(p => p.Value)], ProductId: null);

    public static SignTaskResponse ToResponse(SignTaskDetails task, SignKeyDetails key, Func<string, string> absolute) => new(
        task.Number, task.BuildId, ToResponse(key, absolute), StatusOf(task.Status), task.Error, task.LogHref, task.StartedAt, task.FinishedAt, task.Stats.ToNode());

    public static BuildSignTaskResponse ToBuildSignTask(SignTaskDetails task) =>
        new(task.Number, StatusOf(task.Status), task.StartedAt, task.FinishedAt, task.Stats.ToNode());

    public static NodeSignTaskResponse ToNodeTask(SignTaskAssigned assigned, string keyId, Func<string, string> absolute) => new(
        assigned.SignTaskId.Value, assigned.BuildId.Value, keyId, SignFiles: false,
        [
            .. assigned.Packages.Select(p => new NodeSignPackage(
                p.Id, p.Name, p.Arch, p.Type is ArtifactType.Deb ? "deb" : "rpm", absolute(p.Url), p.CasHash, p.Sha256)),
        ],
        assigned.Attempt);

    public static FinishSignTask ToCommand(int id, SignTaskDoneRequest report, string node, int? attempt) => new(
        new SignTaskId(id), node, attempt, report.Success ?? false, report.ErrorMessage, [.. (report.Packages ?? []).Select(ToPackage)], report.LogHref,
        StartedAt(report.Stats), report.Stats.ToFreeJson(), ArtifactHrefs.DigestOf(report.LogHref ?? ""));

    private static SignedPackage ToPackage(SignedPackageRequest package) => new(
        package.Id ?? 0, package.Name, package.Href, package.Fingerprint,
        package.Sha256 is { Length: > 0 } sha256 ? sha256 : ArtifactHrefs.DigestOf(package.Href ?? ""), package.CasHash);

    private static int StatusOf(SignTaskStatus status) => status switch
    {
        SignTaskStatus.Idle => 1,
        SignTaskStatus.Started or SignTaskStatus.Reported => 2, // to clients a task is finished once its signatures were verified
        SignTaskStatus.Completed => 3,
        SignTaskStatus.Failed => 4,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No number in the dialect."),
    };

    /// <summary>By the node's clock, from its statistics; null where they say nothing we can read.</summary>
    private static DateTimeOffset? StartedAt(JsonObject? stats) =>
        stats?["sign_task_start_time"] is JsonValue value && value.TryGetValue<string>(out var text) && AlbsTimeConverter.TryParse(text, out var time) ? time : null;
}
