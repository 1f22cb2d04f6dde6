using System.Reflection;
using EventSourced.Domain;
using EventSourced.Projections;

namespace EventSourced.Architecture.Tests;

public sealed class DecisionTests
{
    private static readonly string[] Unpredictable =
    [
        "System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTime.get_Today", "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow",
        "System.Guid.NewGuid", "System.Guid.CreateVersion7", "System.Environment.get_TickCount", "System.Environment.get_TickCount64", "System.TimeProvider.get_System",
        "System.TimeProvider.GetUtcNow", "System.Diagnostics.Stopwatch.GetTimestamp", "System.Diagnostics.Stopwatch.StartNew",
    ];

    [Theory]
    [InlineData("Domain")]
    [InlineData("Projections")]
    public void Neither_clock_nor_chance_is_used(string project)
    {
        var used = Code.MembersUsedBy(project);

        Assert.NotEmpty(used);
        Assert.DoesNotContain(Unpredictable, used.Contains);
        Assert.DoesNotContain(Code.TypesUsedBy(project), t => t is "System.Random" or "System.Security.Cryptography.RandomNumberGenerator");
    }

    [Theory]
    [InlineData("Api")]
    [InlineData("Workers")]
    [InlineData("Messaging")]
    public void Hosts_and_bus_ask_the_clock_they_are_given(string project)
    {
        var used = Code.MembersUsedBy(project);

        Assert.DoesNotContain(Unpredictable.Where(m => m.StartsWith("System.DateTime", StringComparison.Ordinal)), used.Contains);
    }

    [Fact]
    public void Decisions_and_reactions_are_static_synchronous_and_do_not_iterate_late()
    {
        var methods = Handlers().Concat(Code.TypesOf("Domain").Where(t => t.Name.EndsWith("Reactions", StringComparison.Ordinal)))
            .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)).ToList();

        Assert.NotEmpty(methods);
        Assert.All(methods, m => Assert.False(typeof(Task).IsAssignableFrom(m.ReturnType), $"{m.DeclaringType}.{m.Name} is asynchronous."));
        Assert.All(methods, m => Assert.False(
            m.IsDefined(typeof(System.Runtime.CompilerServices.IteratorStateMachineAttribute)), $"{m.DeclaringType}.{m.Name} is an iterator: its refusal would come late."));
    }

    [Fact]
    public void Every_command_has_its_decision_in_its_file() => Assert.All(Handlers(), handler =>
    {
        var command = handler.Name[..^"Handler".Length];
        var file = Assert.Single(Code.Files("src/Domain"), f => f.EndsWith($"/{command}.cs", StringComparison.Ordinal));

        Assert.Equal(command, handler.GetMethod("Handle")?.GetParameters()[0].ParameterType.Name);
        Assert.Contains($"public sealed record {command}", Code.Read(file), StringComparison.Ordinal);
        Assert.Contains($"static class {handler.Name}", Code.Read(file), StringComparison.Ordinal);
    });

    // What is neither event, nor state, nor part of something else is only ever sent.
    [Fact]
    public void Every_message_is_handled()
    {
        var types = Code.TypesOf("Domain").ToList();
        var parts = types.SelectMany(Mentioned).ToHashSet();
        var messages = types.Where(t => t.IsSealed && t.GetMethod("<Clone>$") is not null && !EventTypes.IsEvent(t) && !parts.Contains(t) && !t.IsGenericType)
            .Where(t => !t.GetMethods().Any(m => m.Name is "Create" or "Apply") && t != typeof(Scheduled));
        var handled = Handlers().Concat(Code.TypesOf("Workers").Where(IsHandler))
            .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Static)).Where(m => m.Name is "Handle" or "HandleAsync").Select(m => m.GetParameters()[0].ParameterType).ToList();

        Assert.NotEmpty(messages);
        Assert.All(messages, m => Assert.Single(handled, m));
    }

    [Fact]
    public void Nothing_but_the_bus_appends()
    {
        string[] appending =
        [
            "IEventStoreOperations.StartStream", "IEventStoreOperations.Append", "IEventStoreOperations.AppendOptimistic", "IEventStoreOperations.AppendExclusive",
            "IEventStream`1.AppendOne", "IEventStream`1.AppendMany",
        ];

        Assert.Contains(Code.MembersUsedBy("Messaging"), m => appending.Any(a => m.EndsWith(a, StringComparison.Ordinal)));
        Assert.All(
            new[] { "Api", "Workers", "Projections", "ServiceDefaults" },
            project => Assert.DoesNotContain(Code.MembersUsedBy(project), m => appending.Any(a => m.EndsWith(a, StringComparison.Ordinal))));
    }

    private static IEnumerable<Type> Handlers() => Code.TypesOf("Domain").Where(IsHandler);

    private static bool IsHandler(Type type) => type is { IsAbstract: true, IsSealed: true } && type.Name.EndsWith("Handler", StringComparison.Ordinal);

    private static IEnumerable<Type> Mentioned(Type type)
    {
        const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        var skip = IsHandler(type) ? 1 : 0;
        var mentioned = type.GetProperties(Declared).Select(p => p.PropertyType)
            .Concat(type.GetFields(Declared).Select(f => f.FieldType))
            .Concat(type.GetMethods(Declared).SelectMany(m => m.GetParameters().Skip(skip).Select(p => p.ParameterType).Append(m.ReturnType)));
        return mentioned.SelectMany(WithArguments).Where(t => t != type);
    }

    private static IEnumerable<Type> WithArguments(Type type) => type.IsGenericType ? type.GetGenericArguments().SelectMany(WithArguments).Append(type) : [type];
}
