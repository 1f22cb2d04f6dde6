using System.Reflection;

namespace EventSourced.Messaging.Handlers;

/// <summary>Finds public static <c>…Handler</c> classes and sorts their methods by message type.</summary>
internal sealed class HandlerDiscovery(List<string> errors)
{
    private const string LoadMany = "LoadMany";
    private const string GiveUp = "GiveUp";

    private readonly Dictionary<Type, HandlerMethods> found = [];

    public IReadOnlyCollection<HandlerMethods> Messages => found.Values;

    public void Scan(IEnumerable<Type> types, bool inDecisions)
    {
        foreach (var type in types.Distinct().Where(t => t.Name.EndsWith("Handler", StringComparison.Ordinal)))
        {
            if (type is { IsAbstract: true, IsSealed: true })
                AddMethods(type, inDecisions);
            else if (type is { IsClass: true, IsAbstract: false } && type.BaseType == typeof(object) && HandlerMethodsOf(type, BindingFlags.Instance).Any())
                errors.Add($"{type.FullName}: a handler class is static.");
        }
    }

    private void AddMethods(Type type, bool inDecisions)
    {
        foreach (var method in HandlerMethodsOf(type, BindingFlags.Static))
        {
            var place = new FoundMethod(method, inDecisions);
            if (method.IsGenericMethodDefinition || method.GetParameters() is not [{ ParameterType: { IsByRef: false } messageType }, ..])
            {
                errors.Add($"{place}: the first parameter is the message, and the method is not generic.");
                continue;
            }

            var stem = Stem(method);
            if (stem is LoadMany && !IsListOf(messageType, out messageType))
            {
                errors.Add($"{place}: the first parameter is an IReadOnlyList of the message.");
                continue;
            }

            if (!found.TryGetValue(messageType, out var methods))
                found[messageType] = methods = new HandlerMethods(messageType);

            (stem switch
            {
                "Handle" => methods.Handles,
                "Load" => methods.Loads,
                LoadMany => methods.LoadsOfMany,
                GiveUp => methods.GiveUps,
                _ => methods.Validates,
            }).Add(place);
        }
    }

    private static IEnumerable<MethodInfo> HandlerMethodsOf(Type type, BindingFlags scope) =>
        type.GetMethods(BindingFlags.Public | BindingFlags.DeclaredOnly | scope).Where(m => Stem(m) is "Handle" or "Load" or LoadMany or "Validate" or GiveUp);

    private static bool IsListOf(Type list, out Type element)
    {
        var isList = CompiledCall.IsGeneric(list, typeof(IReadOnlyList<>));
        element = isList ? list.GetGenericArguments()[0] : list;
        return isList;
    }

    private static string Stem(MethodInfo method) =>
        method.Name.EndsWith("Async", StringComparison.Ordinal) ? method.Name[..^"Async".Length] : method.Name;
}
