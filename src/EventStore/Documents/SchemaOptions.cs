using System.Linq.Expressions;

namespace EventSourced.EventStore.Documents;

/// <summary>Document tables, and SQL of ours that is applied with them.</summary>
public sealed class SchemaOptions
{
    internal Dictionary<Type, DocumentSchema> Documents { get; } = [];

    internal List<(string Name, string Sql)> Registered { get; } = [];

    /// <summary>The table of one document type.</summary>
    public DocumentMappingExpression<T> For<T>() where T : notnull
    {
        if (!Documents.TryGetValue(typeof(T), out var schema))
            Documents[typeof(T)] = schema = new DocumentSchema();

        return new DocumentMappingExpression<T>(schema);
    }

    /// <summary>
    /// Beyond Marten: registers SQL for schema <c>es</c> (never for Marten's tables): additive, idempotent, applied in order of registration under the advisory lock of
    /// <see cref="IDocumentStore.ApplyAllConfiguredChangesToDatabaseAsync"/>.
    /// </summary>
    public void Script(string name, string sql) => Registered.Add((name, sql));

    /// <summary>As <see cref="Script"/>, several.</summary>
    public void Scripts(IEnumerable<(string Name, string Sql)> scripts) => Registered.AddRange(scripts);
}

/// <summary>Declares indexes and duplicated columns of one document table, named Marten's way.</summary>
public sealed class DocumentMappingExpression<T> where T : notnull
{
    private readonly DocumentSchema schema;

    internal DocumentMappingExpression(DocumentSchema schema) => this.schema = schema;

    /// <summary>An index on a member of the JSON.</summary>
    /// <exception cref="ArgumentException">The expression is no member of the document itself.</exception>
    public DocumentMappingExpression<T> Index(Expression<Func<T, object?>> member)
    {
        schema.Indexes.Add(MemberOf(member));
        return this;
    }

    /// <summary>A column of its own beside the JSON, indexed. Added and filled when the table exists without it.</summary>
    /// <exception cref="ArgumentException">The expression is no member of the document itself.</exception>
    public DocumentMappingExpression<T> Duplicate(Expression<Func<T, object?>> member)
    {
        schema.Duplicates.Add(MemberOf(member));
        return this;
    }

    private static System.Reflection.MemberInfo MemberOf(Expression<Func<T, object?>> expression) => expression.Body switch
    {
        MemberExpression { Expression: ParameterExpression } plain => plain.Member,
        UnaryExpression { Operand: MemberExpression { Expression: ParameterExpression } boxed } => boxed.Member,
        _ => throw new ArgumentException($"{expression}: only a member of {typeof(T).Name} itself can be indexed or duplicated.", nameof(expression)),
    };
}

internal sealed class DocumentSchema
{
    public List<System.Reflection.MemberInfo> Indexes { get; } = [];

    public List<System.Reflection.MemberInfo> Duplicates { get; } = [];
}
