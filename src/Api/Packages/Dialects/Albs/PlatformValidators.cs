using EventSourced.Domain;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;
using FluentValidation;

namespace EventSourced.Api.Packages.Dialects.Albs;

public sealed class NewPlatformRequestValidator : AbstractValidator<NewPlatformRequest>
{
    public NewPlatformRequestValidator()
    {
        Include(new PlatformRequestValidator());
        RuleFor(p => p.Type).NotEmpty();
        RuleFor(p => p.DistrType).NotEmpty();
        RuleFor(p => p.DistrVersion).NotEmpty();
        RuleFor(p => p.ArchList).NotEmpty();
    }
}

public sealed class ChangedPlatformRequestValidator : AbstractValidator<ChangedPlatformRequest>
{
    public ChangedPlatformRequestValidator() => Include(new PlatformRequestValidator());
}

/// <summary>What both making and changing a platform need.</summary>
public sealed class PlatformRequestValidator : AbstractValidator<PlatformRequest>
{
    public PlatformRequestValidator()
    {
        RuleFor(p => p.Name).Must(FileNames.IsTitle).WithMessage("is not a name without slashes and control characters that begins with no dot").MaximumLength(100);
        RuleFor(p => p.Type).Must(t => t is null or "rpm" or "deb").WithMessage("is not one of rpm, deb");
        RuleFor(p => p.DistrType).MaximumLength(100);
        RuleFor(p => p.DistrVersion).MaximumLength(100);
        RuleFor(p => p.ArchList).Must(a => a is null || a.Count is > 0 and <= 32).WithMessage("has not 1 to 32 elements");
        RuleForEach(p => p.ArchList).Must(FileNames.IsPlain).WithMessage("is not a name without spaces and slashes").MaximumLength(32);
        RuleForEach(p => p.ArchList).Must(DebianArch.IsName).WithMessage("is not how Debian names an arch").When(p => p.Type is "deb");
        RuleFor(p => p.Data).CanBeKept();
        RuleFor(p => p.Modularity).CanBeKept();
        RuleFor(p => p.Repos).Must(r => r is null || r.Count <= 1000).WithMessage("has more than 1000 elements");
        RuleForEach(p => p.Repos).NotNull().SetValidator(new RepositoryRequestValidator());
        RuleFor(p => p.Repos).Must(AreDistinct).WithMessage("names a repository twice");
        RuleForEach(p => p.WeakArchList).NotNull();
        RuleForEach(p => p.ReferencePlatforms).NotEmpty();
        RuleForEach(p => p.CopyPriorityArches).NotEmpty();
    }

    private static bool AreDistinct(IReadOnlyList<RepositoryRequest>? repositories)
    {
        var identities = (repositories ?? []).OfType<RepositoryRequest>().Select(PlatformMapping.ToIdentity).ToList();
        return identities.Distinct().Count() == identities.Count;
    }
}

public sealed class RepositoryRequestValidator : AbstractValidator<RepositoryRequest>
{
    public RepositoryRequestValidator()
    {
        RuleFor(r => r.Name).Must(FileNames.IsPlain).WithMessage("is not a name without spaces and slashes").MaximumLength(200)
            .Must(name => !RepositoryName.BelongsToBuilds(name)).WithMessage("is a name for repositories of builds");
        RuleFor(r => r.Arch).Must(FileNames.IsPlain).WithMessage("is not a name without spaces and slashes").MaximumLength(32);
        RuleFor(r => r.Url).NotEmpty().MaximumLength(2048).Must(url => url.All(c => c is > ' ' and not '\x7f')).WithMessage("has a space or control character")
            .Must(url => !UrlCredentials.AreIn(url)).WithMessage(UrlCredentials.Message);
        RuleFor(r => r.PulpHref).Must(href => href is null || !UrlCredentials.AreIn(href)).WithMessage(UrlCredentials.Message);
        RuleFor(r => r.Type).NotEmpty().MaximumLength(32);
    }
}
