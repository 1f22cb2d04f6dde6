using System.Linq.Expressions;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Messaging.Handlers;

/// <summary>Checks the methods of one message type against the conventions and compiles them; every breach is one line in <paramref name="errors"/>.</summary>
internal sealed class ChainCompiler(IServiceProviderIsService services, List<string> errors)
{
    public HandlerChain? Compile(HandlerMethods methods)
    {
        if (!HasOneOfEach(methods))
            return null;

        var handle = methods.Handles[0];
        var load = methods.Loads.FirstOrDefault();
        var loaded = new LoadedValues(load is null ? null : CompiledCall.Result(load.Method));
        var (stateType, id) = handle.InDecisions ? FindState(methods.MessageType, handle.Method, loaded) : default;
        var (besideType, ids) = handle.InDecisions ? FindBeside(methods.MessageType, handle.Method) : default;
        CheckShape(handle, stateType, loaded);
        var loadMany = methods.LoadsOfMany.FirstOrDefault();
        if (loadMany is not null)
            CheckLoadMany(loadMany, load, stateType);

        var isPure = handle.InDecisions && methods.Validates.All(v => v.InDecisions);
        return new HandlerChain
        {
            MessageType = methods.MessageType,
            IsDecision = handle.InDecisions,
            IsPure = isPure && load is null,
            MayShare = isPure && (load is null || loadMany is not null),
            StateType = stateType,
            StreamKey = id is null ? null : StreamKeys.Compile(methods.MessageType, id),
            Load = load is null ? null : CompileLoad(load, loaded),
            LoadMany = loadMany is null ? null : CompileLoadMany(methods.MessageType, loadMany),
            FetchState = id is null || stateType is null || loaded.StateType == stateType ? null : CompileFetch(methods.MessageType, stateType, id),
            FetchBeside = ids is null || besideType is null ? null : CompileFetchBeside(methods.MessageType, besideType, ids),
            Validate = methods.Validates is [var validate] ? CompileCall(validate, loaded, stateType, besideType) : null,
            Handle = CompileCall(handle, loaded, stateType, besideType),
            GiveUp = methods.GiveUps is [var giveUp] ? CompileGiveUp(giveUp) : null,
        };
    }

    private bool HasOneOfEach(HandlerMethods methods)
    {
        var before = errors.Count;
        if (methods.Handles.Count == 0)
            errors.Add($"{methods.Loads.Concat(methods.LoadsOfMany).Concat(methods.Validates).Concat(methods.GiveUps).First()}: no Handle for {methods.MessageType.FullName} was found.");

        foreach (var several in new[] { methods.Handles, methods.Loads, methods.LoadsOfMany, methods.Validates, methods.GiveUps }.Where(m => m.Count > 1))
            errors.Add($"{methods.MessageType.FullName} has more than one {several[0].Method.Name}: {string.Join(", ", several)}.");

        return errors.Count == before;
    }

    private static (Type? State, PropertyInfo? Id) FindState(Type messageType, MethodInfo handle, LoadedValues loaded)
    {
        var parameters = handle.GetParameters().Skip(1).Select(p => p.ParameterType).ToList();
        var state = loaded.StateType is { } fromLoad && parameters.Contains(fromLoad)
            ? fromLoad
            : parameters.Find(t => t.IsClass && loaded.SlotOf(t) is null && StreamKeys.IdProperty(messageType, t) is not null);
        return (state, state is null ? null : StreamKeys.IdProperty(messageType, state));
    }

    private static (Type? State, PropertyInfo? Ids) FindBeside(Type messageType, MethodInfo handle)
    {
        var state = handle.GetParameters().Skip(1).Select(p => p.ParameterType).Where(t => CompiledCall.IsGeneric(t, typeof(IReadOnlyList<>)))
            .Select(t => t.GetGenericArguments()[0]).FirstOrDefault(t => t.IsClass && StreamKeys.IdsProperty(messageType, t) is not null);
        return (state, state is null ? null : StreamKeys.IdsProperty(messageType, state));
    }

    private void CheckShape(FoundMethod handle, Type? stateType, LoadedValues loaded)
    {
        if (!handle.InDecisions)
            return;

        if (CompiledCall.IsAsync(handle.Method))
            errors.Add($"{handle}: a decision is synchronous.");

        if (loaded.StateType is { } fromLoad && fromLoad != stateType)
            errors.Add($"{handle}: Load yields the stream of {fromLoad.Name}, but no parameter takes it.");

        if (stateType is null && !MayStartStreams(handle.Method.ReturnType))
            errors.Add($"{handle}: without a state parameter a decision returns NewStream<TState>, or a list of them.");
    }

    /// <summary>It does for several what Load does for one, so there is one, and both yield the state's stream and nothing else.</summary>
    private void CheckLoadMany(FoundMethod loadMany, FoundMethod? load, Type? stateType)
    {
        var one = stateType is null ? null : typeof(IEventStream<>).MakeGenericType(stateType);
        if (one is null || load is null || CompiledCall.Result(load.Method) != one || CompiledCall.Result(loadMany.Method) != typeof(IReadOnlyList<>).MakeGenericType(one))
            errors.Add($"{loadMany}: it returns an IReadOnlyList of the state's streams, one a message, beside a Load that returns one of them.");
    }

    /// <summary>Nothing may go wrong with it, for it runs when something did: it makes messages of the message and the reason, and no more.</summary>
    private Func<object, string, object?>? CompileGiveUp(FoundMethod found)
    {
        if (found.InDecisions || found.Method.GetParameters() is not [var message, var reason] || reason.ParameterType != typeof(string)
            || found.Method.ReturnType == typeof(void) || CompiledCall.IsAsync(found.Method))
        {
            errors.Add($"{found}: it stands beside an effect, takes the message and the reason as text, and returns messages.");
            return null;
        }

        var (given, why) = (Expression.Parameter(typeof(object)), Expression.Parameter(typeof(string)));
        var call = Expression.Call(found.Method, Expression.Convert(given, message.ParameterType), why);
        return Expression.Lambda<Func<object, string, object?>>(Expression.Convert(call, typeof(object)), given, why).Compile();
    }

    private static bool MayStartStreams(Type returned)
    {
        var element = returned.GetInterfaces().Append(returned)
            .Where(t => CompiledCall.IsGeneric(t, typeof(IEnumerable<>))).Select(t => t.GetGenericArguments()[0]).FirstOrDefault(returned);
        return element == typeof(object) || Shapes.IsNewStream(element) || Shapes.IsNewStreamBase(element);
    }

    private Func<HandlerFrame, ValueTask> CompileLoad(FoundMethod load, LoadedValues loaded)
    {
        var call = CompileCall(load, new LoadedValues(result: null));
        return async frame => loaded.Keep(frame, await call(frame));
    }

    private Func<IReadOnlyList<HandlerFrame>, Task> CompileLoadMany(Type messageType, FoundMethod loadMany)
    {
        var call = CompileCall(loadMany, new LoadedValues(result: null));
        return async frames =>
        {
            var messages = Array.CreateInstance(messageType, frames.Count);
            for (var n = 0; n < frames.Count; n++)
                messages.SetValue(frames[n].Message, n);

            var streams = (IReadOnlyList<IEventStream<object>?>)(await call(frames[0].With(messages)))!; // the shape was checked
            for (var n = 0; n < frames.Count; n++)
                (frames[n].Loaded, frames[n].Stream) = ([streams[n]], streams[n]);
        };
    }

    private static Func<HandlerFrame, IBatchedQuery?, Task> CompileFetch(Type messageType, Type stateType, PropertyInfo id)
    {
        var fetch = typeof(ChainCompiler).GetMethod(nameof(FetchAsync), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(stateType)
            .CreateDelegate<Func<HandlerFrame, string, IBatchedQuery?, Task>>();
        var key = StreamKeys.Compile(messageType, id);
        return (frame, batch) => fetch(frame, key(frame.Message), batch);
    }

    private static async Task FetchAsync<T>(HandlerFrame frame, string key, IBatchedQuery? batch) where T : class =>
        frame.Stream = await (batch?.Events.FetchForWriting<T>(key) ?? frame.Session.Events.FetchForWriting<T>(key, frame.Cancellation));

    private static Func<HandlerFrame, IBatchedQuery?, Task> CompileFetchBeside(Type messageType, Type stateType, PropertyInfo ids)
    {
        var fetch = typeof(ChainCompiler).GetMethod(nameof(FetchBesideAsync), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(stateType)
            .CreateDelegate<Func<HandlerFrame, IReadOnlyList<string>, IBatchedQuery?, Task>>();
        var keys = StreamKeys.CompileMany(messageType, ids);
        return (frame, batch) => fetch(frame, keys(frame.Message), batch);
    }

    private static async Task FetchBesideAsync<T>(HandlerFrame frame, IReadOnlyList<string> keys, IBatchedQuery? batch) where T : class
    {
        var query = batch ?? frame.Session.CreateBatchQuery();
        var fetched = keys.Select(query.Events.FetchForWriting<T>).ToList();
        if (batch is null)
            await query.Execute(frame.Cancellation);

        frame.Beside = await Task.WhenAll(fetched);
    }

    private Func<HandlerFrame, ValueTask<object?>> CompileCall(FoundMethod found, LoadedValues loaded, Type? stateType = null, Type? besideType = null)
    {
        var binder = new ArgumentBinder(loaded, besideType, found.InDecisions ? null : services);
        var arguments = new List<Expression>();
        foreach (var parameter in found.Method.GetParameters())
        {
            if (binder.Bind(parameter, stateType) is { } argument)
                arguments.Add(argument);
            else
                errors.Add($"{found}: nothing supplies the parameter '{parameter.ParameterType.Name} {parameter.Name}'.");
        }

        return arguments.Count == found.Method.GetParameters().Length ? CompiledCall.Compile(found.Method, arguments) : _ => default;
    }
}
