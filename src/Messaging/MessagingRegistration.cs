using System.ComponentModel.DataAnnotations;
using EventSourced.Messaging.Durability;
using EventSourced.Messaging.Handlers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventSourced.Messaging;

/// <summary>Registers the bus.</summary>
public static class MessagingRegistration
{
    /// <summary>
    /// Adds <see cref="IMessageBus"/> and <see cref="MessageContext"/> (scoped), <see cref="IDeadLetters"/>, and, with <see cref="MessagingOptions.DrainQueue"/>, the
    /// services that drain the queue. Needs the event store with <see cref="MessageStorage.AddMessageStorage"/>. Broken conventions stop the host's start with a
    /// <see cref="MessagingConfigurationException"/>.
    /// </summary>
    public static IServiceCollection AddMessaging(this IServiceCollection services, Action<MessagingOptions> configure)
    {
        var options = new MessagingOptions();
        configure(options);
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);

        services.AddSingleton(options);
        services.AddSingleton<HandlerGraph>();
        services.AddSingleton<Outbox>();
        services.AddSingleton<StateFolds>();
        services.AddSingleton<Consequences>();
        services.AddSingleton<IdempotencyRows>();
        services.AddSingleton<MessageExecutor>();
        services.AddSingleton<SharedDecisions>();
        services.AddSingleton<DecisionLanes>();
        services.AddSingleton<StreamWaits>();
        services.AddSingleton<IDeadLetters, DeadLetters>();
        services.AddScoped<MessageContext>();
        services.AddScoped<IMessageBus, MessageBus>();
        services.AddHostedService<ConventionCheck>();
        return options.DrainQueue ? services.AddDrain() : services;
    }

    private static IServiceCollection AddDrain(this IServiceCollection services)
    {
        services.AddSingleton<QueueClaims>();
        services.AddSingleton<QueuedDeliveries>();
        services.AddSingleton<QueueEnd>();
        services.AddSingleton<QueuedMessageRunner>();
        services.AddSingleton<DecisionBatch>();
        services.AddHostedService<QueueDrain>();
        services.AddHostedService<QueueSweep>();
        return services.AddHostedService<QueueGauges>();
    }

    /// <summary>Compiles the handlers at the host's start rather than at the first message.</summary>
    private sealed class ConventionCheck(IServiceProvider services) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            services.GetRequiredService<HandlerGraph>();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
