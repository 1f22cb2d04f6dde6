using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Accounts;

/// <param name="Name">What people call it.</param>
/// <param name="Arches">What it can build.</param>
/// <param name="Days">Days until its token expires; null is never.</param>
/// <param name="Kind">What it does: builds unless said otherwise.</param>
public sealed record CreateNodeRequest(string Name, IReadOnlyList<string>? Arches = null, int? Days = null, NodeKind? Kind = null);

internal sealed class CreateNodeRequestValidator : AbstractValidator<CreateNodeRequest>
{
    public CreateNodeRequestValidator()
    {
        RuleFor(r => r.Name).NotEmpty().MaximumLength(100);
        RuleFor(r => r.Days).InclusiveBetween(1, 3660);
        RuleFor(r => r.Arches).Must(arches => arches!.Count <= 50).WithMessage("has more than 50 elements").When(r => r.Arches is not null);
        RuleForEach(r => r.Arches).NotEmpty().MaximumLength(32);
    }
}

/// <param name="Token">Its credential, shown only here: <c>Authorization: Bearer TOKEN</c>.</param>
public sealed record CreatedNodeResponse(int Id, string Key, string Name, string Token, DateTimeOffset? ExpiresAt);

/// <param name="Id">Its number.</param>
/// <param name="Key">What it is called as a principal.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Arches">What it can build.</param>
/// <param name="RegisteredAt">When it became known.</param>
/// <param name="RetiredAt">Since when it gets no work; null is not yet.</param>
/// <param name="LastHeardAt">When it pinged last as a build node; null is never.</param>
public sealed record NodeResponse(
    int Id, string Key, string Name, IReadOnlyList<string> Arches, DateTimeOffset RegisteredAt, DateTimeOffset? RetiredAt, DateTimeOffset? LastHeardAt);

public static class NodeEndpoints
{
    public static IEndpointRouteBuilder MapNodes(this IEndpointRouteBuilder routes)
    {
        var nodes = routes.MapGroup("/nodes").WithTags("Nodes").RequireAuthorization(Policies.Administrator);
        nodes.MapGet("/", List);
        nodes.MapPost("/", Register);
        nodes.MapGet("/{id:int}", Get);
        nodes.MapDelete("/{id:int}", Retire).AcceptsIfMatch();
        return routes;
    }

    private static async Task<Ok<IReadOnlyList<NodeResponse>>> List(NodeRegistration nodes, CancellationToken ct) =>
        TypedResults.Ok(await nodes.ListAsync(ct));

    private static async Task<Ok<NodeResponse>> Get(int id, NodeRegistration nodes, IQuerySession session, HttpResponse response, CancellationToken ct)
    {
        await response.SetETagOfAsync(nodes.KeyOf(id), session, ct);
        return TypedResults.Ok(await nodes.FindAsync(id, ct) ?? throw RequestRefusedException.NotFound($"Node {id}"));
    }

    private static async Task<Created<CreatedNodeResponse>> Register(
        Body<CreateNodeRequest> body, NodeRegistration nodes, MessageContext message, TimeProvider time, CancellationToken ct)
    {
        DateTimeOffset? expires = body.Value.Days is { } days ? time.GetUtcNow().AddDays(days) : null;
        var node = await nodes.RegisterAsync(body.Value.Name, body.Value.Arches ?? [], body.Value.Kind ?? NodeKind.Build, nodes.MaterialFor(message), expires, ct);
        return TypedResults.Created($"/api/nodes/{node.Id}", node);
    }

    /// <summary>Its keys open nothing from now on; that they are revoked one by one follows.</summary>
    private static Task<NoContent> Retire(int id, NodeRegistration nodes, AccountCommands commands, CancellationToken ct) =>
        commands.InvokeAsync(nodes.Retirement(id), ct);
}
