using EventSourced.Messaging.Handlers;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Messaging.Tests.Handlers;

internal static class Graphs
{
    public static HandlerGraph Of(Type[] decisions, Type[]? handlers = null, bool drains = false, Action<IServiceCollection>? services = null)
    {
        var options = new MessagingOptions { Role = "test", DrainQueue = drains };
        options.DecisionTypes.AddRange(decisions);
        options.HandlerTypes.AddRange(handlers ?? []);
        var collection = new ServiceCollection();
        services?.Invoke(collection);
        return new HandlerGraph(options, collection.BuildServiceProvider().GetRequiredService<IServiceProviderIsService>());
    }

    public static IReadOnlyList<string> ErrorsOf(
        Type[] decisions, Type[]? handlers = null, bool drains = false, Action<IServiceCollection>? services = null) =>
        Assert.Throws<MessagingConfigurationException>(() => Of(decisions, handlers, drains, services)).Errors;
}
