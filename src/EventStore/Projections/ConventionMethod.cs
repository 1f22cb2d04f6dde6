using System.Linq.Expressions;
using System.Reflection;

namespace EventSourced.EventStore.Projections;

/// <summary>One method found by convention: which event it takes, and how to call it.</summary>
internal sealed class ConventionMethod
{
    private readonly MethodInfo method;
    private readonly object? target;
    private readonly ParameterInfo eventParameter;

    private ConventionMethod(MethodInfo method, object? target, ParameterInfo eventParameter)
    {
        (this.method, this.target, this.eventParameter) = (method, target, eventParameter);
        EventType = BodyOf(eventParameter.ParameterType);
    }

    /// <summary>The body type, or an interface or base class of it; <see cref="object"/> for every event.</summary>
    public Type EventType { get; }

    /// <summary>Whether it takes the event with its metadata.</summary>
    public bool TakesEnvelope => IsEnvelope(eventParameter.ParameterType);

    public bool ReturnsNothing => method.ReturnType == typeof(void);

    /// <summary>
    /// The public methods of this name of a projection and of its document. A parameter of one of the <paramref name="context"/> types is handed over by
    /// the caller, exactly one other parameter is the event.
    /// </summary>
    public static IEnumerable<ConventionMethod> Find(string name, Type owner, object? target, params Type[] context)
    {
        const BindingFlags Public = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.FlattenHierarchy;
        foreach (var method in owner.GetMethods(Public).Where(m => m.Name == name && m.DeclaringType != typeof(object)))
        {
            var events = method.GetParameters().Where(p => !context.Contains(p.ParameterType)).ToArray();
            if (events.Length != 1)
                throw new InvalidOperationException($"{owner.Name}.{name} must take one event and nothing else but {string.Join(", ", context.Select(c => c.Name))}.");

            yield return new ConventionMethod(method, method.IsStatic ? null : target, events[0]);
        }
    }

    /// <summary>The call; a method of the document itself is called on <paramref name="self"/>.</summary>
    public Expression Call(ParameterExpression @event, Expression? self, params Expression[] context)
    {
        var instance = method.IsStatic ? null : target is null ? self : Expression.Constant(target);
        if (!method.IsStatic && instance is null)
            throw new InvalidOperationException($"{method.DeclaringType!.Name}.{method.Name} must be static.");

        return Expression.Call(instance, method, method.GetParameters().Select(p => p.Position == eventParameter.Position
            ? EventArgument(@event)
            : context.First(c => c.Type == p.ParameterType)));
    }

    private UnaryExpression EventArgument(ParameterExpression @event) => IsEnvelope(eventParameter.ParameterType)
        ? Expression.Convert(@event, eventParameter.ParameterType)
        : Expression.Convert(Expression.Property(@event, nameof(IEvent.Data)), eventParameter.ParameterType);

    public static bool IsEnvelope(Type type) => type == typeof(IEvent) || type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEvent<>);

    public static Type BodyOf(Type type) => type == typeof(IEvent) ? typeof(object) : IsEnvelope(type) ? type.GetGenericArguments()[0] : type;
}

internal static class MostSpecific
{
    /// <summary>The candidate for exactly this type, else the one nearest to it, of equals the first; null when none takes it.</summary>
    public static T? For<T>(IReadOnlyList<T> candidates, Type eventType, Func<T, Type> takes) where T : class
    {
        T? best = null;
        foreach (var candidate in candidates)
        {
            if (takes(candidate).IsAssignableFrom(eventType) && (best is null || takes(best) != takes(candidate) && takes(best).IsAssignableFrom(takes(candidate))))
                best = candidate;
        }

        return best;
    }
}
