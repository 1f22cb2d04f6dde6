using System.Text.Json;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Domain.Audit;
using EventSourced.Domain.Audit.DeadLetters;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventSourced.Api.Audit;

/// <summary>A message that was refused or failed for good.</summary>
/// <param name="Error">The last exception: its type and first line. The stack is in the log of the worker.</param>
public sealed record DeadLetterResponse(
    long Id, Guid MessageId, string Type, string? Key, JsonElement Body, string? Correlation, DateTimeOffset Sent, DateTimeOffset Died, int Attempts, string Error);

/// <param name="Items">The youngest first.</param>
/// <param name="Next">Send it as <c>before</c> for what follows; null at the end.</param>
public sealed record DeadLetterListResponse(IReadOnlyList<DeadLetterResponse> Items, long? Next);

public sealed record DeadLetterIds(IReadOnlyList<long> Ids);

internal sealed class DeadLetterIdsValidator : AbstractValidator<DeadLetterIds>
{
    public DeadLetterIdsValidator() => RuleFor(r => r.Ids).NotEmpty().Must(ids => ids.Count <= Paging.Most).WithMessage($"has more than {Paging.Most} elements");
}

public sealed record DeadLetterCountResponse(int Count);

public static class DeadLetterEndpoints
{
    public static IEndpointRouteBuilder MapDeadLetters(this IEndpointRouteBuilder routes)
    {
        var letters = routes.MapGroup("/dead-letters").WithTags("Dead letters").RequireAuthorization(Policies.Administrator);
        letters.MapGet("/", List);
        letters.MapPost("/replay", Replay);
        letters.MapPost("/discard", Discard);
        return routes;
    }

    private static async Task<Ok<DeadLetterListResponse>> List(IDeadLetters letters, CancellationToken ct, long? before = null, int limit = Paging.Default)
    {
        var found = await letters.ListAsync(Paging.Checked(limit), before, ct);
        return TypedResults.Ok(new DeadLetterListResponse([.. found.Select(Response)], found.Count == limit ? found[^1].Id : null));
    }

    /// <summary>Puts them back into the queue. How many went; those that were replayed or discarded already do not count.</summary>
    private static async Task<Ok<DeadLetterCountResponse>> Replay(Body<DeadLetterIds> body, IMessageBus bus, IDocumentStore store, CancellationToken ct)
    {
        var result = await bus.InvokeAsync<CommandResult>(new ReplayDeadLetters(Ids(body)), ct);
        store.WakeUps.Raise(MessageStorage.WakeUpTopic);
        return TypedResults.Ok(new DeadLetterCountResponse(result.Streams.Count));
    }

    private static async Task<Ok<DeadLetterCountResponse>> Discard(Body<DeadLetterIds> body, IMessageBus bus, CancellationToken ct)
    {
        var result = await bus.InvokeAsync<CommandResult>(new DiscardDeadLetters(Ids(body)), ct);
        return TypedResults.Ok(new DeadLetterCountResponse(result.Streams.Count));
    }

    private static IReadOnlyList<DeadLetterId> Ids(Body<DeadLetterIds> body) => [.. body.Value.Ids.Select(DeadLetterId.Of)];

    private static DeadLetterResponse Response(Messaging.DeadLetter l) => new(
        l.Id, l.MessageId, l.MessageType, l.Key, l.Body, l.CorrelationId, l.Sent, l.Died, l.Attempts, $"{l.ExceptionType}: {l.Error.Split('\n')[0]}");
}
