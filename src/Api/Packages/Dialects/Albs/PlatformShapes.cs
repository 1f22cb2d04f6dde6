using System.Text.Json.Nodes;
using FluentValidation;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>A platform to make (POST) or to change (PUT): a field that is null stays as it is (albs 4.4, 6.1).</summary>
public sealed record PlatformRequest
{
    public string Name { get; init; } = "";

    public string? Type { get; init; }

    public string? DistrType { get; init; }

    public string? DistrVersion { get; init; }

    public string? TestDistName { get; init; }

    public IReadOnlyList<string>? ArchList { get; init; }

    public IReadOnlyList<RepositoryRequest>? Repos { get; init; }

    public JsonObject? Data { get; init; }

    public JsonObject? Modularity { get; init; }

    public string? PgpKey { get; init; }

    public string? ContactMail { get; init; }

    public string? Copyright { get; init; }

    public int? Priority { get; init; }

    public bool? IsReference { get; init; }

    public IReadOnlyList<WeakArch>? WeakArchList { get; init; }

    public IReadOnlyList<string>? CopyPriorityArches { get; init; }

    public IReadOnlyList<string>? ReferencePlatforms { get; init; }
}

public sealed record WeakArch(string Name, string DependsOn);

public sealed record RepositoryRequest
{
    public string Name { get; init; } = "";

    public string Arch { get; init; } = "";

    public string Url { get; init; } = "";

    public string Type { get; init; } = "";

    public bool? Debug { get; init; }

    public bool? Production { get; init; }

    public string? PulpHref { get; init; }

    public int? Priority { get; init; }

    public bool? MockEnabled { get; init; }

    public string? ExportPath { get; init; }

    public int? OwnerId { get; init; }
}

public sealed record PlatformResponse(
    int Id, string Name, string DistrType, string DistrVersion, IReadOnlyList<string> ArchList, JsonNode? Modularity);

/// <summary>What <c>GET /platforms/</c> shows beside <see cref="PlatformResponse"/>.</summary>
public sealed record PlatformListResponse(
    int Id, string Name, string DistrType, string DistrVersion, IReadOnlyList<string> ArchList, JsonNode? Modularity, PlatformListData Data);

public sealed record PlatformListData(JsonNode Versions, JsonNode SecureBootRequiredPackages);

public sealed record RepositoryResponse(
    int Id, string Name, string Arch, string Url, string Type, bool? Debug, bool? Production, string? PulpHref, int Priority, bool MockEnabled);

/// <summary>What both making and changing a platform need.</summary>
public sealed class PlatformRequestValidator : AbstractValidator<PlatformRequest>
{
    public PlatformRequestValidator()
    {
        RuleFor(p => p.Name).NotEmpty().MaximumLength(200).Must(FileNames.IsPlain).WithMessage("The name is not plain text without spaces and slashes.");
        RuleFor(p => p.Type).Must(t => t is null or "rpm" or "deb").WithMessage("The type is not one of rpm, deb.");
        RuleFor(p => p.ArchList).Must(a => a is null || a.Count is > 0 and <= 64).WithMessage("From 1 to 64 arches.");
        RuleForEach(p => p.ArchList).NotEmpty().Must(FileNames.IsPlain).WithMessage("An arch is not plain text.").MaximumLength(64);
        RuleFor(p => p.Repos).Must(r => r is null || r.Count <= 1000).WithMessage("At most 1000 repositories.");
        RuleForEach(p => p.Repos).NotNull().SetValidator(new RepositoryRequestValidator());
        RuleForEach(p => p.WeakArchList).NotNull();
        RuleForEach(p => p.ReferencePlatforms).NotEmpty();
        RuleForEach(p => p.CopyPriorityArches).NotEmpty();
    }
}

public sealed class RepositoryRequestValidator : AbstractValidator<RepositoryRequest>
{
    public RepositoryRequestValidator()
    {
        RuleFor(r => r.Name).NotEmpty().MaximumLength(200);
        RuleFor(r => r.Arch).NotEmpty().MaximumLength(64);
        RuleFor(r => r.Url).NotEmpty().MaximumLength(2048);
        RuleFor(r => r.Type).NotEmpty().MaximumLength(64);
    }
}
