using System.Text.Json.Nodes;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>What today's clients ask for although they can do without (albs 5.2): there is none of it here.</summary>
public static class UnofferedEndpoints
{
    public static IEndpointRouteBuilder MapUnoffered(this IEndpointRouteBuilder albs)
    {
        albs.MapGet("/platform_flavors/", () => TypedResults.Ok<IReadOnlyList<PlatformFlavorResponse>>([])).WithTags("Platforms").RequireAuthorization(Policies.OpenReading);
        albs.MapPost("/platform_flavors/", Flavors).WithTags("Platforms").RequireAuthorization(Policies.Builder);
        albs.MapPatch("/platform_flavors/", Flavors).WithTags("Platforms").RequireAuthorization(Policies.Builder);
        albs.MapGet("/test_repositories/", () => TypedResults.Ok<IReadOnlyList<JsonObject>>([])).WithTags("Tests").RequireAuthorization(Policies.Authenticated);
        albs.MapPost("/builds/get_module_preview/", ModulePreview).WithTags("Builds").RequireAuthorization(Policies.Builder);
        return albs;
    }

    private static Ok<PlatformFlavorResponse> Flavors(Body<PlatformFlavorRequest> body) => throw new RequestRefusedException(
        StatusCodes.Status501NotImplemented, "platform.flavors", $"Platform flavors are not offered here, {body.Value.Name} neither.");

    private static Ok<JsonObject> ModulePreview(Body<ModulePreviewRequest> body) => throw new RequestRefusedException(
        StatusCodes.Status501NotImplemented, "build.modules", $"Modules cannot be built here, so there is no preview of {body.Value.Ref?.Url}.");
}

/// <summary>An overlay on a platform (albs 6.4).</summary>
public sealed record PlatformFlavorRequest
{
    public string Name { get; init; } = "";
}

public sealed class PlatformFlavorRequestValidator : AbstractValidator<PlatformFlavorRequest>
{
    public PlatformFlavorRequestValidator() => RuleFor(f => f.Name).NotEmpty().MaximumLength(100);
}

/// <summary>A module to be looked at (albs 7.6).</summary>
public sealed record ModulePreviewRequest
{
    public BuildTaskRefRequest? Ref { get; init; }

    public string PlatformName { get; init; } = "";

    public IReadOnlyList<string> PlatformArches { get; init; } = [];

    public IReadOnlyList<int>? Flavors { get; init; }
}

public sealed class ModulePreviewRequestValidator : AbstractValidator<ModulePreviewRequest>
{
    public ModulePreviewRequestValidator()
    {
        RuleFor(r => r.Ref).NotNull();
        RuleFor(r => r.Ref!).SetValidator(new BuildTaskRefRequestValidator()).When(r => r.Ref is not null); // the condition is checked first
        RuleFor(r => r.PlatformName).NotEmpty();
    }
}

public sealed record PlatformFlavorResponse(int Id, string Name, IReadOnlyList<RepositoryResponse> Repos, JsonNode? Modularity, JsonNode? Data);
