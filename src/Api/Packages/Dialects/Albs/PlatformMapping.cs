using System.Text.Json.Nodes;
using EventSourced.Domain;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages.Dialects.Albs;

public static class PlatformMapping
{
    private const int DefaultPriority = 10;

    /// <summary>Null when no type was given; the validator has refused any other text.</summary>
    public static PlatformType? TypeOf(PlatformRequest request) => request.Type switch
    {
        "deb" => PlatformType.Deb,
        "rpm" => PlatformType.Rpm,
        _ => null,
    };

    public static PlatformSettings ToSettings(PlatformRequest request) => new()
    {
        DistrType = request.DistrType,
        DistrVersion = request.DistrVersion,
        TestDistName = request.TestDistName,
        ArchList = request.ArchList,
        Data = request.Data.ToFreeJson(),
        Modularity = request.Modularity.ToFreeJson(),
        PgpKey = request.PgpKey,
        ContactMail = request.ContactMail,
        Copyright = request.Copyright,
        Priority = request.Priority,
        IsReference = request.IsReference,
        WeakArches = request.WeakArchList is { } weak ? [.. weak.Select(w => new WeakArch(w.Name, w.DependsOn))] : null,
        CopyPriorityArches = request.CopyPriorityArches,
        ReferencePlatforms = request is ChangedPlatformRequest { Repos.Count: > 0 } ? request.ReferencePlatforms : null,
    };

    public static RepositoryIdentity ToIdentity(RepositoryRequest request) => new(request.Name, request.Arch, request.Type, request.Debug ?? false);

    public static RepositoryIdentity ToIdentity(RepositoryDetails repository) => new(repository.Name, repository.Arch, repository.Type, repository.Debug);

    public static RepositorySettings ToSettings(RepositoryRequest request) => new()
    {
        Url = request.Url,
        Production = request.Production,
        PulpHref = request.PulpHref,
        Priority = request.Priority,
        MockEnabled = request.MockEnabled,
        ExportPath = request.ExportPath,
    };

    public static NewRepository ToNew(RepositoryRequest request, RepositoryId id, int? ownerId) => new(
        id, ToIdentity(request),
        new RepositorySettings { Production = false, Priority = DefaultPriority, MockEnabled = true }.With(ToSettings(request)), request.OwnerId ?? ownerId);

    public static PlatformResponse ToResponse(PlatformDetails platform) => new(
        platform.Number, platform.Name, platform.Settings.DistrType ?? "", platform.Settings.DistrVersion ?? "", platform.Settings.ArchList ?? [],
        platform.Settings.Modularity.ToNode(), platform.Settings.PgpKey);

    public static PlatformListResponse ToListResponse(PlatformDetails platform)
    {
        var data = platform.Settings.Data.ToNode() as JsonObject;
        var required = (data?["mock"] as JsonObject)?["secure_boot_required_packages"] ?? data?["secure_boot_required_packages"];
        return new(
            platform.Number, platform.Name, platform.Settings.DistrType ?? "", platform.Settings.DistrVersion ?? "", platform.Settings.ArchList ?? [],
            platform.Settings.Modularity.ToNode(), platform.Settings.PgpKey, new(data?["versions"]?.DeepClone() ?? new JsonArray(), required?.DeepClone() ?? new JsonArray()));
    }

    public static RepositoryResponse ToResponse(RepositoryDetails repository, Func<string, string> absolute) => new(
        repository.Number, repository.Name, repository.Arch, absolute(repository.Settings.Url ?? ""), repository.Type, repository.Debug,
        repository.Settings.Production, repository.Settings.PulpHref, repository.Settings.Priority ?? DefaultPriority, repository.Settings.MockEnabled ?? true);
}
