using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EventSourced.Domain;
using EventSourced.Domain.Packages;
using FluentValidation;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>A node asks for work (albs 8.1).</summary>
public sealed record GetTaskRequest
{
    public IReadOnlyList<string> SupportedArches { get; init; } = [];

    public IReadOnlyList<string?>? ExcludedPackages { get; init; }

    /// <summary>What is excluded: lines of a node's settings that say nothing are part of every URL.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Unwanted => [.. (ExcludedPackages ?? []).OfType<string>().Where(p => !string.IsNullOrWhiteSpace(p))];
}

public sealed class GetTaskRequestValidator : AbstractValidator<GetTaskRequest>
{
    public GetTaskRequestValidator()
    {
        RuleFor(r => r.SupportedArches).NotEmpty().Must(a => a.Count <= 64).WithMessage("has more than 64 elements");
        RuleForEach(r => r.SupportedArches).NotEmpty().MaximumLength(64);
        RuleFor(r => r.ExcludedPackages).Must(p => p is null || p.Count <= 1000).WithMessage("has more than 1000 elements");
        RuleForEach(r => r.ExcludedPackages).MaximumLength(256);
    }
}

/// <summary>A node's sign of life (albs 8.4).</summary>
public sealed record PingRequest
{
    public IReadOnlyList<int> ActiveTasks { get; init; } = [];
}

public sealed class PingRequestValidator : AbstractValidator<PingRequest>
{
    public PingRequestValidator() => RuleFor(r => r.ActiveTasks).Must(t => t.Count <= 10_000).WithMessage("has more than 10000 elements");
}

/// <summary>A node's report (albs 8.5).</summary>
public sealed record BuildDoneRequest
{
    public int? TaskId { get; init; }

    public string Status { get; init; } = "";

    public IReadOnlyList<BuildDoneArtifact> Artifacts { get; init; } = [];

    public JsonObject? Stats { get; init; }

    public bool IsCasAuthenticated { get; init; }

    public string? AlmaCommitCasHash { get; init; }

    public string? GitCommitHash { get; init; }
}

public sealed record BuildDoneArtifact
{
    public string Name { get; init; } = "";

    public string Type { get; init; } = "";

    public string Href { get; init; } = "";

    public string? Sha256 { get; init; }

    public string? CasHash { get; init; }
}

public sealed class BuildDoneRequestValidator : AbstractValidator<BuildDoneRequest>
{
    public BuildDoneRequestValidator()
    {
        RuleFor(r => r.TaskId).NotNull();
        RuleFor(r => r.Status).Must(s => s is "done" or "failed" or "excluded").WithMessage("is not one of done, failed, excluded");
        RuleFor(r => r.Artifacts).Must(a => a.Count <= 10_000).WithMessage("has more than 10000 elements");
        RuleForEach(r => r.Artifacts).NotNull().SetValidator(new BuildDoneArtifactValidator());
        RuleFor(r => r.GitCommitHash).Matches(@"\A[0-9a-fA-F]{40,64}\z").When(r => r.GitCommitHash is { Length: > 0 });
        RuleFor(r => r.Stats).CanBeKept();
        RuleFor(r => r.AlmaCommitCasHash).MaximumLength(256);
    }
}

public sealed class BuildDoneArtifactValidator : AbstractValidator<BuildDoneArtifact>
{
    public BuildDoneArtifactValidator()
    {
        RuleFor(a => a.Name).Must(FileNames.IsPlain).WithMessage("is not a plain file name");
        RuleFor(a => a.Type).Must(t => t is "rpm" or "deb" or "build_log").WithMessage("is not one of rpm, deb, build_log");
        RuleFor(a => a.Href).NotEmpty().MaximumLength(2048).Matches(@"\A[!-~]*\z").WithMessage("has characters that no address has").Must(href => !UrlCredentials.AreIn(href)).WithMessage(UrlCredentials.Message);
        RuleFor(a => a.Sha256).Matches(@"\A[0-9a-f]{64}\z").When(a => a.Sha256 is not null);
        RuleFor(a => a.CasHash).MaximumLength(256);
    }
}
