using System.Linq.Expressions;
using System.Reflection;

namespace EventSourced.EventStore.Documents;

/// <summary>The members the store fills: <c>Id</c>, and <c>Version</c> where a type has one.</summary>
internal sealed class FilledMembers
{
    private readonly Type type;
    private readonly Func<object, string?>? getId;
    private readonly Action<object, string>? setId;
    private readonly Action<object, long>? setVersion;

    public FilledMembers(Type type)
    {
        this.type = type;
        if (Find("Id") is { } id && id.PropertyType == typeof(string))
            (getId, setId) = (Getter(id), Setter<string>(id));

        if (Find("Version") is { } version && (version.PropertyType == typeof(long) || version.PropertyType == typeof(int)))
            setVersion = Setter<long>(version);
    }

    public bool HasId => getId is not null;

    public string? IdOf(object document) => getId?.Invoke(document);

    public void Fill(object document, string id, long version)
    {
        if (getId is not null && getId(document) != id)
            (setId ?? throw new InvalidOperationException($"{type.Name}.Id is not '{id}' and cannot be set."))(document, id);

        setVersion?.Invoke(document, version);
    }

    private PropertyInfo? Find(string name) => type.GetProperty(name, BindingFlags.Public | BindingFlags.Instance);

    private static Func<object, string?> Getter(PropertyInfo property)
    {
        var document = Expression.Parameter(typeof(object));
        return Expression.Lambda<Func<object, string?>>(Expression.Property(Expression.Convert(document, property.DeclaringType!), property), document).Compile();
    }

    private static Action<object, T>? Setter<T>(PropertyInfo property)
    {
        if (property.SetMethod is null)
            return null;

        var (document, value) = (Expression.Parameter(typeof(object)), Expression.Parameter(typeof(T)));
        var member = Expression.Property(Expression.Convert(document, property.DeclaringType!), property);
        return Expression.Lambda<Action<object, T>>(Expression.Assign(member, Expression.Convert(value, property.PropertyType)), document, value).Compile();
    }
}
