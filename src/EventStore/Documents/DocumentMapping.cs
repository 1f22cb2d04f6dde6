using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace EventSourced.EventStore.Documents;

/// <summary>One document type: its table, its members that the store fills, its SQL.</summary>
internal sealed class DocumentMapping
{
    /// <summary>Schema of all of Marten's tables.</summary>
    public const string LiveSchema = "public";

    private readonly JsonTypeInfo body;
    private readonly FilledMembers members;

    public DocumentMapping(Type type, DocumentSchema? schema, uint? projectionVersion, JsonSerializerOptions json)
    {
        Type = type;
        IsProjected = projectionVersion is not null;
        Table = $"mt_doc_{MartenNames.DocumentAlias(type)}{(projectionVersion > 1 ? $"_{projectionVersion}" : "")}";
        Duplicates = [.. schema?.Duplicates.Select(d => new DuplicatedField(d)) ?? []];
        Indexes = [.. schema?.Indexes ?? []];
        body = json.GetTypeInfo(type);
        members = new FilledMembers(type);
        if (!members.HasId)
            throw new InvalidOperationException($"{type.Name} must have a property 'string Id'.");

        Sql = new DocumentSql(this, LiveSchema);
    }

    public Type Type { get; }

    /// <summary>Without the schema.</summary>
    public string Table { get; }

    /// <summary>Whether a projection owns it: then <c>mt_version</c> is a number given by events, else a new uuid a write.</summary>
    public bool IsProjected { get; }

    public IReadOnlyList<DuplicatedField> Duplicates { get; }

    /// <summary>Indexed members of the JSON.</summary>
    public IReadOnlyList<MemberInfo> Indexes { get; }

    /// <summary>Statements on the live table.</summary>
    public DocumentSql Sql { get; }

    /// <summary>The text of <c>mt_dotnet_type</c>; unlike that of events it has no assembly.</summary>
    public string DotNetName => Type.FullName!;

    public byte[] Serialize(object document) => JsonSerializer.SerializeToUtf8Bytes(document, body);

    public object Deserialize(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, body)
        ?? throw new JsonException($"A row of {Table} holds null.");

    public string IdOf(object document) =>
        members.IdOf(document) is { Length: > 0 } id ? id : throw new InvalidOperationException($"A {Type.Name} has no Id.");

    /// <summary>Fills <c>Id</c>, and <c>Version</c> where the type has one.</summary>
    public void Fill(object document, string id, long version) => members.Fill(document, id, version);
}
