using System.Linq.Expressions;
using System.Reflection;

namespace EventSourced.Messaging.Handlers;

/// <summary>A static method as a delegate over the frame: arguments bound, tasks awaited, the result boxed.</summary>
internal static class CompiledCall
{
    public static readonly ParameterExpression Frame = Expression.Parameter(typeof(HandlerFrame), "frame");

    public static Func<HandlerFrame, ValueTask<object?>> Compile(MethodInfo method, IEnumerable<Expression> arguments)
    {
        var call = Expression.Call(method, arguments);
        var returned = method.ReturnType;
        Expression body = returned switch
        {
            _ when returned == typeof(void) => Expression.Block(call, Expression.Default(typeof(ValueTask<object?>))),
            _ when returned == typeof(Task) => Adapt(nameof(OfTaskAsync), [], call),
            _ when returned == typeof(ValueTask) => Adapt(nameof(OfValueTaskAsync), [], call),
            _ when IsGeneric(returned, typeof(Task<>)) => Adapt(nameof(OfTaskResultAsync), returned.GetGenericArguments(), call),
            _ when IsGeneric(returned, typeof(ValueTask<>)) => Adapt(nameof(OfValueTaskResultAsync), returned.GetGenericArguments(), call),
            _ => Expression.New(
                typeof(ValueTask<object?>).GetConstructor([typeof(object)])!, // ValueTask<T>(T) exists
                Expression.Convert(call, typeof(object))),
        };
        return Expression.Lambda<Func<HandlerFrame, ValueTask<object?>>>(body, Frame).Compile();
    }

    /// <summary>What the method yields once awaited.</summary>
    public static Type Result(MethodInfo method) => method.ReturnType switch
    {
        var t when t == typeof(Task) || t == typeof(ValueTask) => typeof(void),
        var t when IsGeneric(t, typeof(Task<>)) || IsGeneric(t, typeof(ValueTask<>)) => t.GetGenericArguments()[0],
        var t => t,
    };

    public static bool IsAsync(MethodInfo method) =>
        method.ReturnType == typeof(Task) || method.ReturnType == typeof(ValueTask)
        || IsGeneric(method.ReturnType, typeof(Task<>)) || IsGeneric(method.ReturnType, typeof(ValueTask<>));

    public static bool IsGeneric(Type type, Type definition) => type.IsGenericType && type.GetGenericTypeDefinition() == definition;

    private static MethodCallExpression Adapt(string adapter, Type[] typeArguments, Expression call) =>
        Expression.Call(typeof(CompiledCall), adapter, typeArguments, call);

    private static async ValueTask<object?> OfTaskAsync(Task task)
    {
        await task;
        return null;
    }

    private static async ValueTask<object?> OfValueTaskAsync(ValueTask task)
    {
        await task;
        return null;
    }

    private static async ValueTask<object?> OfTaskResultAsync<T>(Task<T> task) => await task;

    private static async ValueTask<object?> OfValueTaskResultAsync<T>(ValueTask<T> task) => await task;
}
