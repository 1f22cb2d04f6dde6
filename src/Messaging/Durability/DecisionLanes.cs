using System.Diagnostics;

namespace EventSourced.Messaging.Durability;

/// <summary>Folds concurrently invoked commands into shared transactions; a stream is in one of them at a time.</summary>
internal sealed class DecisionLanes(SharedDecisions shared)
{
    private readonly Folding<SharedDecision, CommandResult?> folding = new(d => d.StreamKey, together => RunAsync(shared, together));

    /// <summary>A client's key takes its row before the decision, and waits there for another request with the same key.</summary>
    public static bool Takes(Delivery delivery) => delivery.Chain.MayShare && delivery.Idempotency is null;

    /// <returns>Null when it is to be run alone; nothing of it was saved.</returns>
    public Task<CommandResult?> ExecuteAsync(Delivery delivery, CancellationToken cancellation) =>
        folding.RunAsync(new SharedDecision(delivery, Activity.Current), cancellation);

    private static async Task RunAsync(SharedDecisions shared, List<Folded<SharedDecision, CommandResult?>> together)
    {
        await shared.RunAsync(together.ConvertAll(f => f.Item), queueMore: null, CancellationToken.None); // no caller ends what is others' too
        foreach (var folded in together)
        {
            if (folded.Item.Failure is { } failure && !folded.Item.IsSaved)
                folded.SetException(failure);
            else
                folded.SetResult(folded.Item.IsSaved ? folded.Item.Result : null);
        }
    }
}
