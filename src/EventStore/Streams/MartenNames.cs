using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace EventSourced.EventStore.Streams;

/// <summary>How Marten derives stored names from CLR names (marten-schema 7).</summary>
internal static partial class MartenNames
{
    private static readonly ConcurrentDictionary<Type, string> Aliases = new();

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(ushort)] = "ushort",
        [typeof(int)] = "int", [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(float)] = "float",
        [typeof(double)] = "double", [typeof(decimal)] = "decimal", [typeof(char)] = "char", [typeof(string)] = "string", [typeof(object)] = "object",
    };

    /// <summary><c>mt_events.type</c> and <c>mt_streams.type</c>.</summary>
    public static string Alias(Type type) => Aliases.GetOrAdd(type, static named => named.IsGenericType ? InCode(named) : Words(named.Name));

    /// <summary><c>mt_events.mt_dotnet_type</c>; documents store the full name without the assembly.</summary>
    public static string DotNetName(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";

    /// <summary>The part of a document table's name after <c>mt_doc_</c>.</summary>
    public static string DocumentAlias(Type type)
    {
        var own = type.Name.Split('`')[0] + string.Concat(type.GetGenericArguments().Select(a => a.Name));
        return (type.DeclaringType is { } outer ? $"{outer.Name}_{own}" : own).ToLowerInvariant();
    }

    /// <summary>Column of a duplicated member, and the end of an index name.</summary>
    public static string Column(string member) => Words(member);

    /// <summary>C# notation without namespaces.</summary>
    public static string InCode(Type type)
    {
        if (Keywords.TryGetValue(type, out var keyword))
            return keyword;

        var own = type.Name.Split('`')[0];
        if (type.IsGenericType)
            own += $"<{string.Join(", ", type.GetGenericArguments().Select(InCode))}>";

        return type.DeclaringType is { } outer ? $"{InCode(outer)}.{own}" : own;
    }

    private static string Words(string name) =>
        BeforeLower().Replace(AcronymEnd().Replace(name, "$1 $2"), "$1 $2").ToLowerInvariant().Replace(' ', '_');

    [GeneratedRegex(@"(\P{Ll})(\P{Ll}\p{Ll})")]
    private static partial Regex AcronymEnd();

    [GeneratedRegex(@"(\p{Ll})(\P{Ll})")]
    private static partial Regex BeforeLower();
}
