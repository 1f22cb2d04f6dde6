using System.Text.Json;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>Keys of community products (albs 12.5). Every sign node asks in each poll; without community products there are none to make.</summary>
public static class CommunityKeyEndpoints
{
    public static IEndpointRouteBuilder MapCommunityKeys(this IEndpointRouteBuilder albs)
    {
        var keys = albs.MapGroup("/sign-tasks/community").WithTags("Sign tasks").RequireAuthorization(Policies.SignNode);
        keys.MapPost("/get_gen_sign_key_task/", GetTask);
        keys.MapPost("/{id}/complete/", Complete);
        return albs;
    }

    private static ContentHttpResult GetTask(Body<IReadOnlyDictionary<string, JsonElement>> _) => AlbsJson.Nothing;

    private static Ok<SuccessResponse> Complete(int id, Body<GenKeyDoneRequest> _) => throw RequestRefusedException.NotFound($"Key generation task {id}");
}

/// <summary>A sign node's report on a key it made.</summary>
public sealed record GenKeyDoneRequest
{
    public bool? Success { get; init; }

    public string? ErrorMessage { get; init; }

    public string? SignKeyHref { get; init; }

    public string? KeyName { get; init; }

    public string? KeyId { get; init; }

    public string? Fingerprint { get; init; }

    public string? FileName { get; init; }
}

public sealed class GenKeyDoneRequestValidator : AbstractValidator<GenKeyDoneRequest>
{
    public GenKeyDoneRequestValidator() => RuleFor(r => r.Success).NotNull();
}
