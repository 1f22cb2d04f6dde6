using System.Collections;
using System.Runtime.CompilerServices;

namespace EventSourced.Messaging.Handlers;

/// <summary>What a handler or reaction returned, one by one.</summary>
internal static class Returned
{
    /// <summary>The values of a tuple, or the one value; nothing for null.</summary>
    public static IEnumerable<object> Parts(object? value) => value switch
    {
        null => [],
        ITuple tuple and ValueType => Enumerable.Range(0, tuple.Length).Select(i => tuple[i]).OfType<object>(),
        _ => [value],
    };

    /// <summary>The values of a list, or the one value; nothing for null.</summary>
    public static IEnumerable<object> Items(object? value) => value switch
    {
        null => [],
        string => [value],
        IEnumerable many => many.OfType<object>(),
        _ => [value],
    };
}
