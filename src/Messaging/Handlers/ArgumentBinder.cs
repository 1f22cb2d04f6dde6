using System.Linq.Expressions;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Messaging.Handlers;

/// <summary>Decides for each parameter of a handler method where its value comes from.</summary>
/// <param name="load">What the message's <c>Load</c> yields.</param>
/// <param name="beside">The state of the streams read beside the decision's own; null without them.</param>
/// <param name="services">Tells registered services; null where none may be used.</param>
internal sealed class ArgumentBinder(LoadedValues load, Type? beside, IServiceProviderIsService? services)
{
    private static readonly Type[] SessionTypes = [typeof(IDocumentSession), typeof(IDocumentOperations), typeof(IQuerySession)];

    /// <summary>The argument's expression; null when nothing fits.</summary>
    public Expression? Bind(ParameterInfo parameter, Type? stateType)
    {
        var type = parameter.ParameterType;
        if (parameter.Position == 0)
            return Expression.Convert(FrameMember(nameof(HandlerFrame.Message)), type);

        if (type == stateType)
            return Expression.Convert(Expression.Call(typeof(ArgumentBinder), nameof(State), [type], CompiledCall.Frame, Expression.Constant(IsNullable(parameter))), type);

        if (beside is not null && type == typeof(IReadOnlyList<>).MakeGenericType(beside))
            return Expression.Call(typeof(ArgumentBinder), nameof(States), [beside], CompiledCall.Frame);

        if (load.SlotOf(type) is { } slot)
            return Expression.Call(typeof(ArgumentBinder), nameof(Slot), [type], CompiledCall.Frame, Expression.Constant(slot), Expression.Constant(IsNullable(parameter)));

        return type == typeof(DateTimeOffset) ? FrameMember(nameof(HandlerFrame.Now))
            : services is null ? null
            : BindSurroundings(type, services);
    }

    public static bool IsNullable(ParameterInfo parameter) =>
        Nullable.GetUnderlyingType(parameter.ParameterType) is not null
        || new NullabilityInfoContext().Create(parameter).WriteState is NullabilityState.Nullable;

    private static Expression? BindSurroundings(Type type, IServiceProviderIsService services) => type switch
    {
        _ when type == typeof(CancellationToken) => FrameMember(nameof(HandlerFrame.Cancellation)),
        _ when type == typeof(MessageContext) => FrameMember(nameof(HandlerFrame.Context)),
        _ when SessionTypes.Contains(type) => FrameMember(nameof(HandlerFrame.Session)),
        _ when services.IsService(type) => Expression.Call(
            typeof(ServiceProviderServiceExtensions), nameof(ServiceProviderServiceExtensions.GetRequiredService), [type], FrameMember(nameof(HandlerFrame.Services))),
        _ => null,
    };

    private static MemberExpression FrameMember(string name) => Expression.Property(CompiledCall.Frame, name);

    private static T? State<T>(HandlerFrame frame, bool mayBeMissing) where T : class =>
        frame.Stream?.Aggregate is T state ? state
        : mayBeMissing ? null
        : throw new StreamNotFoundException(typeof(T), frame.Stream?.Key);

    /// <summary>Of those that exist, in the order of the ids.</summary>
    private static IReadOnlyList<T> States<T>(HandlerFrame frame) where T : class => [.. frame.Beside.Select(s => s.Aggregate).OfType<T>()];

    private static T? Slot<T>(HandlerFrame frame, int slot, bool mayBeMissing) =>
        frame.Loaded[slot] is T value ? value
        : mayBeMissing ? default
        : throw new StreamNotFoundException(typeof(T), streamKey: null);
}
