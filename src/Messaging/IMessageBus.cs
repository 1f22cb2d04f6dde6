using System.Diagnostics;
using EventSourced.Messaging.Durability;

namespace EventSourced.Messaging;

/// <summary>Invokes handlers in process and sends messages through the durable queue. Scoped to one caller (see <see cref="MessageContext"/>).</summary>
public interface IMessageBus
{
    /// <summary>
    /// Runs the message's handler now. Events, inline projections and outgoing messages commit in one transaction before this returns. A lost race is
    /// tried again 5 times with jitter.
    /// </summary>
    /// <exception cref="ConcurrencyException">Still lost after the last try.</exception>
    /// <exception cref="UnexpectedStreamVersionException">The stream has none of the <see cref="MessageContext.ExpectedVersions"/>; nothing was saved.</exception>
    Task InvokeAsync(object message, CancellationToken cancellation);

    /// <summary>
    /// As <see cref="InvokeAsync(object, CancellationToken)"/>, with the outcome: <see cref="CommandResult"/> for a decision, or the handler's own
    /// response type.
    /// </summary>
    Task<T> InvokeAsync<T>(object message, CancellationToken cancellation);

    /// <summary>What an earlier invocation with <see cref="MessageContext.Idempotency"/> returned; the key stays for the next one.</summary>
    /// <returns>Null when there was none, or without a key.</returns>
    /// <exception cref="IdempotencyConflictException">It came with another body.</exception>
    Task<T?> FindResultAsync<T>(CancellationToken cancellation) where T : class;

    /// <summary>Puts a message into the durable queue in a transaction of its own; the workers handle it.</summary>
    ValueTask SendAsync(object message, CancellationToken cancellation, DeliveryOptions? options = null);

    /// <summary>Reads a stream, then waits on wake-ups until <paramref name="predicate"/> holds for its aggregate.</summary>
    /// <returns>The aggregate that satisfied it, or null at the timeout.</returns>
    Task<T?> WaitForAsync<T>(string streamKey, Func<T, bool> predicate, TimeSpan timeout, CancellationToken cancellation) where T : class;
}

/// <summary>When and how a message is delivered.</summary>
public sealed record DeliveryOptions
{
    /// <summary>Not before this time; null means now.</summary>
    public DateTimeOffset? ScheduledTime { get; init; }

    /// <summary>
    /// The order key. Messages of one key are handled one after another in the order sent, also behind one that is scheduled or waits for its next try; only
    /// one that was committed after a younger one had begun runs beside it, and what both do to a stream its version decides.
    /// Null takes the target stream's key found by convention, and none for a scheduled message.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>Fixed message id, for messages that may arrive again from outside: a repeat within 7 days after it was handled is dropped. Null draws one.</summary>
    public Guid? MessageId { get; init; }
}

/// <summary>What a decision recorded.</summary>
/// <param name="Streams">One entry a stream, in order; empty when the decision was a repeat that needed nothing.</param>
public sealed record CommandResult(IReadOnlyList<RecordedStream> Streams)
{
    /// <summary>All recorded events in order.</summary>
    public IEnumerable<object> Events => Streams.SelectMany(s => s.Events);

    /// <summary>The state of the first stream that folds into this, as <see cref="RecordedStream.State"/>.</summary>
    public TState? StateOf<TState>() where TState : class => Streams.Select(s => s.State).OfType<TState>().FirstOrDefault();
}

/// <summary>The events one decision recorded on one stream.</summary>
/// <param name="Key">The stream's key.</param>
/// <param name="Version">Its version afterwards.</param>
/// <param name="Events">The event bodies in order.</param>
public sealed record RecordedStream(string Key, long Version, IReadOnlyList<object> Events)
{
    /// <summary>What the stream folds into with these events. Null where no reaction asked for it, and when a repeated <c>Idempotency-Key</c> gets the stored result.</summary>
    public object? State { get; init; }
}

/// <summary>
/// Who asks and why, for the messages and events that follow. Registered as a scoped service; hosts fill it at the edge (a request, a schedule), the bus
/// fills it for queued messages.
/// </summary>
public sealed class MessageContext
{
    private string? inheritedTraceParent;

    /// <summary>The first request or schedule; kept through all cascades.</summary>
    public string? CorrelationId { get; set; }

    /// <summary>The uuid of the event whose reaction led here; null for a root.</summary>
    public string? CausationId { get; set; }

    /// <summary>Principal key (<c>user-7</c>, <c>node-3</c>, <c>system</c>), never a login name.</summary>
    public string? UserName { get; set; }

    /// <summary>The executing role, header <c>by</c>.</summary>
    public string? By { get; set; }

    /// <summary>Runs the next invocation at most once for this key; null without. The invocation takes it.</summary>
    public IdempotencyKey? Idempotency { get; set; }

    /// <summary>
    /// Versions of which the stream the next invocation decides on must have one, in the transaction that appends; null for any. The invocation takes it. As
    /// <c>FetchForWriting</c> with an expected version, except that a lost race is not tried again in vain: the caller has not seen what won.
    /// </summary>
    public IReadOnlyList<long>? ExpectedVersions { get; set; }

    /// <summary>The correlation id; made here, of the trace or new, when nobody set one.</summary>
    internal string Correlation() => CorrelationId ??= Activity.Current?.TraceId.ToHexString() ?? Guid.CreateVersion7().ToString("N");

    internal string User() => UserName ?? "system";

    /// <summary>The trace to go on with, also where nobody listens to spans.</summary>
    internal string? TraceParent() => Activity.Current?.Id ?? inheritedTraceParent;

    internal void Follow(MessageHeaders headers, string role) =>
        (CorrelationId, CausationId, UserName, By, inheritedTraceParent) = (headers.CorrelationId, headers.CausationId, headers.UserName, role, headers.TraceParent);
}

/// <summary>A client's <c>Idempotency-Key</c>, kept 24 h with the command's result.</summary>
/// <param name="Principal">Whose.</param>
/// <param name="Operation">Method and route.</param>
/// <param name="Key">As sent.</param>
/// <param name="BodyDigest">SHA-256 of the body; another body with the same key is an <see cref="IdempotencyConflictException"/>.</param>
public sealed record IdempotencyKey(string Principal, string Operation, string Key, byte[] BodyDigest)
{
    /// <summary>Leaves the key free when the decision recorded nothing, so that the same request may look again. Nothing else of such a decision is saved either.</summary>
    public bool OnlyIfRecorded { get; init; }
}

/// <summary>The same <c>Idempotency-Key</c> came with another body.</summary>
public sealed class IdempotencyConflictException() : Exception("The Idempotency-Key was used with another request body.");
