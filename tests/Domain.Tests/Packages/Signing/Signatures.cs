using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Domain.Tests.Packages.Signing;

/// <summary>A sign task's history in the words of the domain.</summary>
internal static class Signatures
{
    public const string NodeA = "node-1", NodeB = "node-2", Stranger = "node-9", Fingerprint = "D8A667AFD3BC877C99A7949B2B11593E684C1E39", KeyId = "2B11593E684C1E39";

    public static readonly DateTimeOffset Now = new(2024, 5, 1, 10, 20, 30, TimeSpan.Zero);
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);
    public static readonly SignTaskId OneSignTask = new(7);
    public static readonly SignKeyId OneKey = new(3);
    public static readonly BuildId OneBuild = new(40);
    public static readonly BuildTaskId Src = new(101), X64 = new(102), Arm = new(103);

    public static readonly SignKeySettings Settings = new()
    {
        Name = "demo", Description = "Key of Demo", KeyId = KeyId, Fingerprint = Fingerprint, PublicUrl = "http://keys.example.org/demo.asc", Platforms = [new(7)],
    };

    public static readonly SignTaskKey Active = new(IsArchived: false), Archived = new(IsArchived: true);

    public static readonly SignPackage Source = Unsigned(900, "tree-2.1-1.src.rpm", "src", Src, X64);
    public static readonly SignPackage Binary = Unsigned(901, "tree-2.1-1.x86_64.rpm", "x86_64", X64);

    public static SignPackage Unsigned(int id, string name, string arch, params BuildTaskId[] tasks) =>
        new(id, name, arch, ArtifactType.Rpm, $"/u/{id}/", "aa11", null, $"/pulp/content/builds/x/Packages/t/{name}", tasks);

    public static SignedPackage Signed(SignPackage package, string? href = null) => new(package.Id, package.Name, href ?? $"/s/{package.Id}/", Fingerprint, "bb22", null);

    public static SignKeyRegistered Registered() => new(OneKey, Settings);

    public static SignTaskRequested Requested() => new(OneSignTask, OneBuild, OneKey, KeyId, Fingerprint);

    public static SignTaskAssigned Assigned(string node = NodeA, int attempt = 1, params SignPackage[] packages) =>
        new(OneSignTask, OneBuild, node, attempt, Now + Silence, packages is [] ? [Source, Binary] : packages, [Src, X64]);

    public static SignTaskRequeued Requeued(int attempt = 1) => new(OneSignTask, OneBuild, attempt, "The node fell silent.");

    public static SignReport Report(string node = NodeA, int attempt = 1, params SignedPackage[] packages) =>
        new(node, attempt, packages is [] ? [Signed(Source), Signed(Binary)] : packages, "/log/", Now, FreeJson.Parse("""{"sign_packages_time": 4}"""), "cc33");

    public static SignTaskReported Reported() => new(OneSignTask, OneBuild, Report());

    public static SignTaskCompleted Completed(params SignedPackage[] packages) =>
        new(OneSignTask, OneBuild, packages is [] ? [Signed(Source) with { SizeBytes = 10 }, Signed(Binary) with { SizeBytes = 20 }] : packages);

    public static FinishSignTask Finish(string node = NodeA, int? attempt = null, params SignedPackage[] packages) => new(
        OneSignTask, node, attempt, Success: true, ErrorMessage: null, packages is [] ? [Signed(Source), Signed(Binary)] : packages, "/log/", Now,
        FreeJson.Parse("""{"sign_packages_time": 4}"""), "cc33");
}
