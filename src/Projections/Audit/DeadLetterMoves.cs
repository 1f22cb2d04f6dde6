using EventSourced.Domain.Audit;
using EventSourced.Domain.Audit.DeadLetters;

namespace EventSourced.Projections.Audit;

/// <summary>Letters move in the transaction that records it: whoever else asks for one of them waits, and finds it gone or still there.</summary>
public static class ReplayDeadLettersHandler
{
    public static Task<MovedDeadLetters> LoadAsync(ReplayDeadLetters command, IDocumentSession session, CancellationToken token) =>
        session.MoveAsync("es.dead_letters_replay", command.DeadLetterIds, token);
}

/// <inheritdoc cref="ReplayDeadLettersHandler"/>
public static class DiscardDeadLettersHandler
{
    public static Task<MovedDeadLetters> LoadAsync(DiscardDeadLetters command, IDocumentSession session, CancellationToken token) =>
        session.MoveAsync("es.dead_letters_discard", command.DeadLetterIds, token);
}

internal static class DeadLetterMoves
{
    public static async Task<MovedDeadLetters> MoveAsync(this IDocumentSession session, string function, IReadOnlyList<DeadLetterId> ids, CancellationToken token)
    {
        await session.BeginTransactionAsync(token);
        return new(await session.QueryAsync<MovedDeadLetter>(
            $"select jsonb_build_object('DeadLetterId', id, 'MessageId', message_id, 'MessageType', type, 'MessageKey', key) from {function}(?) order by id",
            token, [ids.Select(id => id.Value).ToArray()]));
    }
}
