namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>
/// Claims of one request, which may look several times. With an <c>Idempotency-Key</c> the look that finds a task is the one that counts: a repeat of the request gets
/// the same task for as long as the node has it.
/// </summary>
public sealed class RepeatedClaims(IMessageBus bus, MessageContext context)
{
    /// <summary>What an earlier request with this key was assigned; null when nothing, or without a key.</summary>
    /// <param name="isHeld">Whether the node still has it, or has ended it. What was handed back, it may get anew.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<TAssigned?> FormerAsync<TAssigned>(Func<TAssigned, CancellationToken, Task<bool>> isHeld, CancellationToken ct) where TAssigned : class
    {
        while (context.Idempotency is { } key)
        {
            context.Idempotency = key with { OnlyIfRecorded = true };
            if (AssignedIn<TAssigned>(await bus.FindResultAsync<CommandResult>(ct)) is not { } former)
                return null;

            if (await isHeld(former, ct))
                return former;

            context.Idempotency = key with { Operation = $"{key.Operation} again" };
        }

        return null;
    }

    /// <summary>One look; null when it found nothing.</summary>
    public async Task<TAssigned?> ClaimAsync<TAssigned>(object claim, CancellationToken ct) where TAssigned : class
    {
        var key = context.Idempotency;
        TAssigned? assigned = null;
        try
        {
            return assigned = AssignedIn<TAssigned>(await bus.InvokeAsync<CommandResult>(claim, ct));
        }
        finally
        {
            context.Idempotency = assigned is null ? key : null; // an invocation takes it; the next look is the same request's, and what follows from a find is not
        }
    }

    private static TAssigned? AssignedIn<TAssigned>(CommandResult? result) where TAssigned : class => result?.Events.OfType<TAssigned>().SingleOrDefault();
}
