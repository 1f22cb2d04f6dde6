using System.Text.Json;

namespace EventSourced.Messaging;

/// <summary>
/// Messages that were refused or failed for good. Thread-safe. Two functions of the database move them, in the transaction of whoever records who did it, and return the
/// letters they took away: <c>es.dead_letters_replay(ids bigint[])</c> puts them back into the queue with their message ids, at its end, as if never tried (then raise
/// <see cref="MessageStorage.WakeUpTopic"/>); <c>es.dead_letters_discard(ids bigint[])</c> deletes them. Unknown ids are left out.
/// </summary>
public interface IDeadLetters
{
    /// <summary>The youngest first.</summary>
    /// <param name="limit">At most this many.</param>
    /// <param name="before">Only those with a smaller <see cref="DeadLetter.Id"/>; null from the start.</param>
    /// <param name="cancellation">Cancels the read.</param>
    Task<IReadOnlyList<DeadLetter>> ListAsync(int limit, long? before, CancellationToken cancellation);
}

/// <summary>A message that was given up.</summary>
/// <param name="Id">Its number.</param>
/// <param name="MessageId">The message's id.</param>
/// <param name="MessageType">The full name of its type.</param>
/// <param name="Key">Its order key; null means unordered.</param>
/// <param name="Body">The message.</param>
/// <param name="CorrelationId">The first request or schedule it came from.</param>
/// <param name="Sent">When it was sent.</param>
/// <param name="Died">When it was given up.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="ExceptionType">The full name of the last exception's type.</param>
/// <param name="Error">The last exception, with its stack.</param>
public sealed record DeadLetter(
    long Id, Guid MessageId, string MessageType, string? Key, JsonElement Body, string? CorrelationId, DateTimeOffset Sent, DateTimeOffset Died, int Attempts,
    string ExceptionType, string Error);
