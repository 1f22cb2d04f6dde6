using FluentValidation;

namespace EventSourced.Api.Packages.Dialects.Albs;

public sealed class BuildRequestValidator : AbstractValidator<BuildRequest>
{
    public const int MaxTasks = 500;

    public BuildRequestValidator()
    {
        RuleFor(r => r.Platforms).NotEmpty().Must(p => p.Count <= 64).WithMessage("has more than 64 elements");
        RuleForEach(r => r.Platforms).NotNull().SetValidator(new BuildPlatformRequestValidator());
        RuleFor(r => r.Platforms).Must(p => p.Where(x => x is not null).CountBy(x => x.Name, StringComparer.Ordinal).All(name => name.Value is 1))
            .WithMessage("names a platform twice");
        RuleFor(r => r.Tasks).NotEmpty().Must(t => t.Count <= MaxTasks).WithMessage($"has more than {MaxTasks} elements");
        RuleForEach(r => r.Tasks).NotNull().SetValidator(new BuildTaskRefRequestValidator());
        RuleFor(r => r.LinkedBuilds).Must(l => l is null || l.Count <= 1000).WithMessage("has more than 1000 elements");
        RuleFor(r => r.MockOptions).CanBeKept();
        RuleFor(r => r.MockOptions!).SetValidator(new MockOptionsValidator()).When(r => r.MockOptions is not null); // the condition is checked first
    }
}

public sealed class BuildPlatformRequestValidator : AbstractValidator<BuildPlatformRequest>
{
    public BuildPlatformRequestValidator()
    {
        RuleFor(p => p.Name).NotEmpty().MaximumLength(200);
        RuleFor(p => p.ArchList).NotEmpty().Must(a => a.Count <= 32).WithMessage("has more than 32 elements");
        RuleForEach(p => p.ArchList).NotEmpty().MaximumLength(64).NotEqual("src");
        RuleFor(p => p.ArchList).Must(a => a.Distinct(StringComparer.Ordinal).Count() == a.Count).WithMessage("names an arch twice");
    }
}

public sealed class BuildTaskRefRequestValidator : AbstractValidator<BuildTaskRefRequest>
{
    public BuildTaskRefRequestValidator()
    {
        When(t => t.ModuleName is null, () =>
            RuleFor(t => t.Url).Must(SourceUrls.IsAllowed).WithMessage("is not an absolute http, https, git or ssh URL without credentials"));
        RuleFor(t => t.GitRef).Must(SourceUrls.IsPlainRef).WithMessage("is not the name of a branch, tag or commit");
        RuleFor(t => t.GitCommitHash).Matches(@"\A[0-9a-fA-F]{40,64}\z").When(t => t.GitCommitHash is { Length: > 0 });
        RuleFor(t => t.MockOptions).CanBeKept();
        RuleFor(t => t.TestConfiguration).CanBeKept();
        RuleForEach(t => t.Refs).NotNull();
        RuleFor(t => t.AddedArtifacts).Must(a => a is null || a.All(x => x is not null)).WithMessage("has an element that is null");
        RuleFor(t => t.MockOptions!).SetValidator(new MockOptionsValidator()).When(t => t.MockOptions is not null); // the condition is checked first
    }
}
