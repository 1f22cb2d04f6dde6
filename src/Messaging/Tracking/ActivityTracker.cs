using System.Diagnostics;
using EventSourced.Messaging.Durability;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Messaging.Tracking;

/// <summary>
/// Runs an action and waits until no message of its correlation is left in the queue, and then, where the host runs the projection daemon, until async projections
/// have caught up. A message and what it sends change places in one transaction, so an empty look is the end. Scheduled messages whose time has not come
/// are not waited for.
/// </summary>
public sealed class ActivityTracker
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private readonly IServiceProvider services;
    private readonly IDocumentStore store;
    private readonly IProjectionDaemon? daemon;
    private TimeSpan timeout = TimeSpan.FromSeconds(30);
    private bool toleratesDeadLetters;

    internal ActivityTracker(IServiceProvider services, IDocumentStore store, IProjectionDaemon? daemon) =>
        (this.services, this.store, this.daemon) = (services, store, daemon);

    /// <summary>How long to wait. Default 30 seconds.</summary>
    public ActivityTracker Timeout(TimeSpan atMost)
    {
        timeout = atMost;
        return this;
    }

    /// <summary>Dead letters are part of what is expected; without this they fail the call.</summary>
    public ActivityTracker DoNotAssertOnExceptionsDetected()
    {
        toleratesDeadLetters = true;
        return this;
    }

    /// <summary>Invokes a message and waits for what follows from it.</summary>
    public Task<TrackedActivity> InvokeMessageAndWaitAsync(object message, CancellationToken cancellation) =>
        ExecuteAndWaitAsync(bus => bus.InvokeAsync(message, cancellation), cancellation);

    /// <summary>Sends a message and waits until it and what follows from it is handled.</summary>
    public Task<TrackedActivity> SendMessageAndWaitAsync(object message, CancellationToken cancellation) =>
        ExecuteAndWaitAsync(bus => bus.SendAsync(message, cancellation).AsTask(), cancellation);

    /// <summary>Runs an action with a bus of its own correlation and waits for what follows from it.</summary>
    /// <exception cref="TimeoutException">Something is still open; the message lists it.</exception>
    /// <exception cref="InvalidOperationException">A message became a dead letter.</exception>
    public async Task<TrackedActivity> ExecuteAndWaitAsync(Func<IMessageBus, Task> action, CancellationToken cancellation)
    {
        await using var scope = services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<MessageContext>();
        context.CorrelationId = Guid.CreateVersion7().ToString("N");
        return await ExecuteAndWaitAsync(context.CorrelationId, () => action(scope.ServiceProvider.GetRequiredService<IMessageBus>()), cancellation);
    }

    /// <summary>Runs an action whose messages will carry <paramref name="correlationId"/>, such as a request with that header, and waits for what follows from it.</summary>
    /// <exception cref="TimeoutException">Something is still open; the message lists it.</exception>
    /// <exception cref="InvalidOperationException">A message became a dead letter.</exception>
    public async Task<TrackedActivity> ExecuteAndWaitAsync(string correlationId, Func<Task> action, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        await action();
        var activity = new ActivityRows(store, correlationId);
        while (await activity.OpenAsync(cancellation) is { Count: > 0 } open)
        {
            if (Stopwatch.GetElapsedTime(begun) > timeout)
                throw new TimeoutException($"After {timeout} {open.Count} messages are still open:{Lines(open.Select(m => m.ToString()))}");

            await store.WakeUps.WaitAsync(Outbox.Topic, Poll, cancellation);
        }

        if (daemon is not null)
            await daemon.WaitForNonStaleData(timeout);

        return Check(await activity.ReadAsync(cancellation));
    }

    private TrackedActivity Check(TrackedActivity activity) =>
        toleratesDeadLetters || activity.DeadLetters.Count == 0
            ? activity
            : throw new InvalidOperationException(
                $"{activity.DeadLetters.Count} messages are dead:{Lines(activity.DeadLetters.Select(d => $"{d.MessageType} after {d.Attempts} attempts: {d.Error}"))}");

    private static string Lines(IEnumerable<string> lines) => string.Concat(lines.Select(l => Environment.NewLine + "  " + l));
}
