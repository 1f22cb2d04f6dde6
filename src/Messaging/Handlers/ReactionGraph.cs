using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;

namespace EventSourced.Messaging.Handlers;

/// <summary>The compiled <c>…Reactions.When(TEvent[, TState])</c> methods.</summary>
internal sealed class ReactionGraph
{
    private readonly List<Reaction> all = [];
    private readonly ConcurrentDictionary<Type, Reaction[]> byEvent = new();

    public ReactionGraph(IEnumerable<Type> types, List<string> errors)
    {
        foreach (var type in types.Distinct().Where(t => t is { IsAbstract: true, IsSealed: true } && t.Name.EndsWith("Reactions", StringComparison.Ordinal))
                     .OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            foreach (var method in type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Where(m => m.Name is "When"))
                Add(method, errors);
        }
    }

    /// <summary>The reactions to an event type, also those to its interfaces.</summary>
    public Reaction[] To(Type eventType) => byEvent.GetOrAdd(eventType, t => [.. all.Where(r => r.EventType.IsAssignableFrom(t))]);

    private void Add(MethodInfo method, List<string> errors)
    {
        var name = $"{method.DeclaringType!.FullName}.When";
        if (method.IsGenericMethodDefinition || method.GetParameters() is not ([_] or [_, { ParameterType.IsClass: true }]))
            errors.Add($"{name}({string.Join(", ", method.GetParameters().Select(p => p.ParameterType.Name))}): a reaction takes the event and, if it needs it, the state.");
        else if (method.ReturnType == typeof(void) || CompiledCall.IsAsync(method))
            errors.Add($"{name}({method.GetParameters()[0].ParameterType.Name}): a reaction is synchronous and returns messages.");
        else
            all.Add(Reaction.Compile(method));
    }
}

/// <summary>One reaction.</summary>
/// <param name="EventType">What it reacts to.</param>
/// <param name="StateType">The state it reads, as after the event; null when it reads none.</param>
/// <param name="Invoke">Gives a message, a list of them, or null.</param>
internal sealed record Reaction(Type EventType, Type? StateType, Func<object, object?, object?> Invoke)
{
    public static Reaction Compile(MethodInfo method)
    {
        var types = method.GetParameters().Select(p => p.ParameterType).ToArray();
        var arguments = new[] { Expression.Parameter(typeof(object), "event"), Expression.Parameter(typeof(object), "state") };
        var call = Expression.Call(method, types.Select((type, i) => Expression.Convert(arguments[i], type)));
        var invoke = Expression.Lambda<Func<object, object?, object?>>(Expression.Convert(call, typeof(object)), arguments).Compile();
        return new Reaction(types[0], types.ElementAtOrDefault(1), invoke);
    }
}
