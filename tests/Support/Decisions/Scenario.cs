using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using EventSourced.Domain;
using Xunit;

namespace EventSourced.Support;

/// <summary>Given events, when a decision is taken, then events or a refusal. <c>using static EventSourced.Support.Scenario;</c></summary>
public static class Scenario
{
    /// <summary>What has happened in the stream; nothing at all is a stream that does not exist.</summary>
    public static Given<TState> Given<TState>(params object[] events) where TState : class => new(Folding.Fold<TState>(events));

    /// <summary>A decision that starts streams and so asks no state.</summary>
    public static Outcome When(Func<object?> decide) => Outcome.Of(decide);
}

/// <summary>The state a decision gets.</summary>
public sealed record Given<TState>(TState? State) where TState : class
{
    public Outcome When(Func<TState?, object?> decide) => Outcome.Of(() => decide(State));
}

/// <summary>What came of a decision.</summary>
public sealed class Outcome
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    private readonly IReadOnlyList<object> results;
    private readonly RuleViolationException? refusal;

    private Outcome(IReadOnlyList<object> results, RuleViolationException? refusal) => (this.results, this.refusal) = (results, refusal);

    internal static Outcome Of(Func<object?> decide)
    {
        try
        {
            return new Outcome(decide() switch { null => [], IEnumerable many => [.. many.Cast<object>()], var one => [one] }, null);
        }
        catch (RuleViolationException refused)
        {
            return new Outcome([], refused);
        }
    }

    /// <summary>Exactly these events, messages or streams, compared by type and JSON.</summary>
    public void Then(params object[] expected)
    {
        Assert.Null(refusal);
        Assert.Equal(string.Join('\n', expected.Select(Text)), string.Join('\n', results.Select(Text)));
        Assert.All(results, ReadsBack);
    }

    /// <summary>Nothing is left to do.</summary>
    public void ThenNothing() => Then();

    /// <summary>The rule with this code says no.</summary>
    public void ThenRefused(string code)
    {
        Assert.True(refusal is not null, $"Expected the refusal {code}, got: {string.Join('\n', results.Select(Text))}");
        Assert.Equal(code, refusal.Code);
        Assert.NotEmpty(refusal.Message);
    }

    /// <summary>All events of all streams that are started, in order.</summary>
    public IReadOnlyList<T> Started<T>() => [.. results.Cast<NewStream>().SelectMany(s => s.Events).OfType<T>()];

    /// <summary>The keys of all streams that are started, in order.</summary>
    public IReadOnlyList<string> Keys() => [.. results.Cast<NewStream>().Select(s => s.Key)];

    // What is stored has to come back as it was.
    private static void ReadsBack(object result)
    {
        if (EventsOf(result) is { } events)
            Assert.All(events, ReadsBack);
        else
            Assert.Equal(Text(result), Text(JsonSerializer.Deserialize(JsonSerializer.Serialize(result, result.GetType(), Json), result.GetType(), Json)!));
    }

    private static IReadOnlyList<object>? EventsOf(object result) => (result as NewStream)?.Events ?? (result as ChangedStream)?.Events;

    private static string Text(object value) => value switch
    {
        NewStream stream => Text("new", stream.Key, stream.GetType(), stream.Events),
        ChangedStream stream => Text("changed", stream.Key, stream.GetType(), stream.Events),
        _ => $"{value.GetType().Name} {JsonSerializer.Serialize(value, value.GetType(), Json)}",
    };

    private static string Text(string kind, string key, Type type, IEnumerable<object> events) =>
        $"{kind} {key} ({type.GenericTypeArguments[0].Name}):\n{string.Join('\n', events.Select(Text))}";
}

/// <summary>Folds events as the store does: by the state's public <c>Create</c> and <c>Apply</c>.</summary>
public static class Folding
{
    public static TState? Fold<TState>(IEnumerable<object> events) where TState : class =>
        events.Aggregate<object, TState?>(null, (state, e) => (TState?)Next(typeof(TState), state, e));

    private static object? Next(Type type, object? state, object e)
    {
        var name = state is null ? "Create" : "Apply";
        var method = type.GetMethod(name, BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance, [e.GetType()]);
        if (method is null && state is null)
            throw new InvalidOperationException($"{type.Name} does not begin with {e.GetType().Name}.");

        return method is null ? state : method.Invoke(state, [e]);
    }
}
