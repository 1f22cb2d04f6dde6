using System.Diagnostics;
using EventSourced.Messaging.Durability;
using EventSourced.Messaging.Handlers;

namespace EventSourced.Messaging;

internal sealed class MessageBus(
    MessageExecutor executor, DecisionLanes lanes, HandlerGraph graph, Outbox outbox, IdempotencyRows idempotency, StreamWaits waits, MessageContext context,
    IServiceProvider services) : IMessageBus
{
    public Task InvokeAsync(object message, CancellationToken cancellation) => RunAsync(message, response: null, cancellation);

    public async Task<T> InvokeAsync<T>(object message, CancellationToken cancellation) =>
        await RunAsync(message, typeof(T), cancellation) is T response
            ? response
            : throw new InvalidOperationException($"The handler of {message.GetType().Name} returned no {typeof(T).Name}.");

    public async Task<T?> FindResultAsync<T>(CancellationToken cancellation) where T : class =>
        context.Idempotency is { } key ? await idempotency.FindAsync(key, cancellation) as T : null;

    public async ValueTask SendAsync(object message, CancellationToken cancellation, DeliveryOptions? options = null)
    {
        using var activity = MessagingTelemetry.Start("send", message.GetType().Name, ActivityKind.Producer, traceParent: null);
        var addressed = outbox.Address(message, context.CausationId, context);
        var due = options?.ScheduledTime ?? addressed.Due;
        await outbox.SendAsync(
            addressed with
            {
                Due = due,
                Key = options?.Key ?? (due is null ? addressed.Key : null),
                MessageId = options?.MessageId ?? addressed.MessageId,
                Headers = addressed.Headers with { Remember = options?.MessageId is not null },
            },
            cancellation);
    }

    public Task<T?> WaitForAsync<T>(string streamKey, Func<T, bool> predicate, TimeSpan timeout, CancellationToken cancellation) where T : class =>
        waits.WaitForAsync(streamKey, predicate, timeout, cancellation);

    private async Task<object?> RunAsync(object message, Type? response, CancellationToken cancellation)
    {
        var chain = graph.For(message.GetType());
        var delivery = new Delivery(message, Guid.CreateVersion7(), chain, context)
        {
            Idempotency = context.Idempotency, ExpectedVersions = context.ExpectedVersions, Response = response,
        };
        (context.Idempotency, context.ExpectedVersions) = (null, null);
        using var activity = MessagingTelemetry.Start("invoke", delivery.TypeName, ActivityKind.Internal, traceParent: null);
        return await MessagingTelemetry.MeasureAsync(delivery.TypeName, activity, () => ExecuteAsync(delivery, cancellation));
    }

    private async Task<object?> ExecuteAsync(Delivery delivery, CancellationToken cancellation) =>
        DecisionLanes.Takes(delivery) && await lanes.ExecuteAsync(delivery, cancellation) is { } result
            ? result
            : await executor.ExecuteAsync(delivery, services, cancellation);
}
