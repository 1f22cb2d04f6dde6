using System.Reflection;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Domain.Packages.Signing;

namespace EventSourced.Domain.Tests.Packages;

/// <summary>Settings list their members by hand in <c>With</c> and <c>ChangesTo</c>: none may be forgotten there.</summary>
public sealed class SettingsTests
{
    public static TheoryData<Type, string> Members =>
    [
        .. new[] { typeof(PlatformSettings), typeof(RepositorySettings), typeof(SignKeySettings) }
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite), (type, p) => (type, p.Name)),
    ];

    [Theory]
    [MemberData(nameof(Members))]
    public void A_member_is_put_in_place_kept_and_told_as_a_change(Type type, string member)
    {
        var property = type.GetProperty(member)!;
        var (none, given) = (Activator.CreateInstance(type)!, Activator.CreateInstance(type)!);
        property.SetValue(given, Sample(property.PropertyType));

        Assert.NotEqual(none, given);
        Assert.Equal(given, Call("With", on: none, given));
        Assert.Equal(given, Call("With", on: given, none));
        Assert.Equal(given, Call("ChangesTo", on: none, given));
        Assert.Equal(none, Call("ChangesTo", on: given, given));
        Assert.Equal(none, Call("ChangesTo", on: given, none));
    }

    private static object? Call(string method, object on, object other) => on.GetType().GetMethod(method)!.Invoke(on, [other]);

    private static object Sample(Type type) => type switch
    {
        _ when type == typeof(string) => "given",
        _ when type == typeof(int?) => 7,
        _ when type == typeof(bool?) => true,
        _ when type == typeof(FreeJson) => FreeJson.Parse("""{"given": 1}"""),
        _ when type == typeof(IReadOnlyList<string>) => new[] { "given" },
        _ when type == typeof(IReadOnlyList<WeakArch>) => new[] { new WeakArch("i686", "x86_64") },
        _ when type == typeof(IReadOnlyList<PlatformId>) => new[] { new PlatformId(7) },
        _ => throw new ArgumentException($"No sample of {type}.", nameof(type)),
    };
}
