using System.Collections.Immutable;
using System.Reflection;
using System.Text.RegularExpressions;
using EventSourced.Projections;

namespace EventSourced.Architecture.Tests;

/// <summary>Events are a storage format: immutable, unique, and never renamed.</summary>
public sealed partial class EventTests
{
    private static List<Type> Events => [.. Code.TypesOf("Domain").Where(EventTypes.IsEvent)];

    [Fact]
    public void Events_are_sealed_records() => Assert.All(Events, e => Assert.True(e.IsSealed && IsRecord(e), $"{e.FullName} is no sealed record."));

    [Fact]
    public void Nothing_in_an_event_can_change() => Assert.All(Events.SelectMany(Parts).Distinct(), part => Assert.Empty(Changeable(part)));

    [Fact]
    public void Every_event_belongs_to_one_stream() => Assert.All(Events, e => Assert.Single(e.GetInterfaces(), i => i.Assembly == e.Assembly));

    [Fact]
    public void All_events_of_a_stream_are_in_one_file() => Assert.All(
        Events.GroupBy(e => e.GetInterfaces().Single(i => i.Assembly == e.Assembly)),
        stream => Assert.Single(stream.Append(stream.Key).Select(FileOf).Distinct()));

    [Fact]
    public void Names_are_unique_across_the_solution() => Assert.Empty(Events.GroupBy(e => e.Name).Where(g => g.Count() > 1).Select(g => g.Key));

    [Fact]
    public void Interfaces_of_events_hold_only_ids() => Assert.All(
        Events.SelectMany(e => e.GetInterfaces()).Where(i => i.Assembly == Code.Assembly("Domain")).Distinct(),
        i => Assert.All(i.GetMembers().Where(m => m is not MethodInfo { IsSpecialName: true }), m => Assert.EndsWith("Id", m.Name, StringComparison.Ordinal)));

    /// <summary>
    /// What is stored is read for ever. A new line or field is added to stored-events.txt by hand, which is the moment to think; an old one is never changed.
    /// </summary>
    [Fact]
    public void Stored_names_and_fields_are_pinned()
    {
        var pinned = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "stored-events.txt")).Where(l => l.Length > 0 && l[0] is not '#');

        var (now, before) = (Events.SelectMany(Parts).Where(p => p != typeof(Domain.FreeJson)).Select(Line).ToHashSet(), pinned.ToHashSet());

        Assert.True(now.SetEquals(before), $"stored-events.txt lacks:\n{Lines(now.Except(before))}\nand the code lacks:\n{Lines(before.Except(now))}");
    }

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines.Order(StringComparer.Ordinal));

    private static string Line(Type e) => $"{(EventTypes.IsEvent(e) ? Alias(e.Name) : "part")} = {e.FullName}({string.Join(", ", e.GetProperties().Where(p => p.CanWrite).Select(p => p.Name))})";

    private static string Alias(string name) => Breaks().Replace(name, "_").ToLowerInvariant();

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null;

    private static string FileOf(Type type) => Code.Files("src/Domain").First(f => Regex.IsMatch(Code.Read(f), $@"^public (sealed record|interface) {type.Name}\b", RegexOptions.Multiline));

    // The event, and every type of ours it holds.
    private static IEnumerable<Type> Parts(Type type)
    {
        var held = type.GetProperties().SelectMany(p => WithArguments(p.PropertyType)).Where(t => t.Assembly == type.Assembly && t != type && t is { IsEnum: false, IsClass: true });
        return held.SelectMany(Parts).Prepend(type);
    }

    private static IEnumerable<string> Changeable(Type type)
    {
        foreach (var property in type.GetProperties().Where(p => p.GetMethod is { IsStatic: false }))
        {
            if (property.SetMethod is { } set && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit)))
                yield return $"{type.Name}.{property.Name} can be set";

            foreach (var held in WithArguments(property.PropertyType).Where(IsChangeableCollection))
                yield return $"{type.Name}.{property.Name} is a {held.Name}";
        }
    }

    private static bool IsChangeableCollection(Type type) =>
        type.IsArray || (type.GetInterfaces().Append(type).Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ICollection<>))
            && type.Namespace != typeof(ImmutableArray).Namespace && !type.Name.StartsWith("IReadOnly", StringComparison.Ordinal));

    private static IEnumerable<Type> WithArguments(Type type) => type.IsGenericType ? type.GetGenericArguments().SelectMany(WithArguments).Append(type) : [type];

    [GeneratedRegex("(?<=[a-z])(?=[^a-z])")]
    private static partial Regex Breaks();
}
