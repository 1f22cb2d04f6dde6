using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EventSourced.Domain;
using FluentValidation;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>A release as it is asked for (albs 13.2), in the documented form (S) or the one of today's clients (C).</summary>
public sealed record NewReleaseRequest
{
    public IReadOnlyList<int> Builds { get; init; } = [];

    public IReadOnlyList<int>? BuildTasks { get; init; }

    public int? PlatformId { get; init; }

    public int? ReferencePlatformId { get; init; }

    public int? ProductId { get; init; }

    /// <summary>C form checks signatures, and that the builds are for the platform.</summary>
    [JsonIgnore]
    public bool IsCurrentForm => ProductId is not null;
}

public sealed class NewReleaseRequestValidator : AbstractValidator<NewReleaseRequest>
{
    public NewReleaseRequestValidator()
    {
        RuleFor(r => r.Builds).NotEmpty().Must(b => b.Count <= 1000).WithMessage("has more than 1000 elements");
        RuleFor(r => r.PlatformId).NotNull().WithMessage("is required");
        RuleFor(r => r.ProductId).NotNull().WithMessage("or reference_platform_id is required").When(r => r.ReferencePlatformId is null);
    }
}

/// <summary>What changes of a release; null is "not given" (albs 13.4).</summary>
public sealed record ChangedReleaseRequest
{
    public IReadOnlyList<int>? Builds { get; init; }

    public IReadOnlyList<int>? BuildTasks { get; init; }

    public JsonObject? Plan { get; init; }
}

public sealed class ChangedReleaseRequestValidator : AbstractValidator<ChangedReleaseRequest>
{
    public ChangedReleaseRequestValidator()
    {
        RuleFor(r => r.Builds).Must(b => b is null or { Count: > 0 and <= 1000 }).WithMessage("has not 1 to 1000 elements");
        RuleFor(r => r.Plan).Must(plan => !UrlCredentials.AreIn(plan)).WithMessage(UrlCredentials.Message);
    }
}

/// <summary>Albs 4.9: what S and C know, united.</summary>
public sealed record ReleaseResponse(
    int Id, int Status, IReadOnlyList<int> BuildIds, IReadOnlyList<int> BuildTaskIds, JsonNode? Plan, AlbsUser CreatedBy, AlbsOwner Owner, PlatformResponse? Platform,
    ReleaseProductResponse Product, DateTimeOffset? CreatedAt, IReadOnlyList<PerformanceStatsResponse> PerformanceStats);

/// <summary>Albs 4.10, as C has it.</summary>
public sealed record AlbsOwner(int Id, string Username, string Email, bool IsActive, bool IsSuperuser);

public sealed record ReleaseProductResponse(int Id, string Name, string? Title, string? Description, bool IsCommunity);

/// <summary>One page of releases (albs 1.5, 13.6).</summary>
public sealed record ReleasePageResponse(IReadOnlyList<ReleaseResponse> Releases, long TotalReleases, int CurrentPage);

public sealed record ReleaseCommitResponse(ReleaseResponse Release, string Message);

public sealed record AlbsMessageResponse(string Message);
