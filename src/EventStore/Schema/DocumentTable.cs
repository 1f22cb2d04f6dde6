using System.Reflection;

namespace EventSourced.EventStore.Schema;

/// <summary>DDL of one document table (marten-schema 13), in the live schema or in the one a rebuild writes to.</summary>
internal static class DocumentTable
{
    /// <summary>Creates the table when it is missing. Columns and constraint have the same names in every schema, so that tables can be swapped.</summary>
    public static string CreateTable(DocumentMapping mapping, string schema) => $"""
        create table if not exists {schema}.{mapping.Table} (
            id varchar not null,
            data jsonb not null,
            mt_last_modified timestamptz null default transaction_timestamp(),
            {(mapping.IsProjected
                ? "mt_dotnet_type varchar null, mt_version bigint not null default 0"
                : "mt_version uuid not null default md5(random()::text || clock_timestamp()::text)::uuid, mt_dotnet_type varchar null")}{Duplicates(mapping)},
            constraint pkey_{mapping.Table}_id primary key (id));
        """;

    /// <summary>Adds what a later version of the program declares: duplicated columns, filled from the JSON, and indexes.</summary>
    public static string Extend(DocumentMapping mapping, string schema) =>
        string.Join('\n', mapping.Duplicates.Select(d => AddColumn(mapping, d, schema)).Concat(Indexes(mapping).Select(i => AddIndex(i, mapping, schema))));

    private static IEnumerable<(string Name, string On)> Indexes(DocumentMapping mapping) => mapping.Duplicates
        .Select(d => ($"{mapping.Table}_idx_{d.Column}", d.Column))
        .Concat(mapping.Indexes.Select(m => ($"{mapping.Table}_idx_{MartenNames.Column(m.Name)}", Expression(m))));

    private static string Duplicates(DocumentMapping mapping) =>
        string.Concat(mapping.Duplicates.Select(d => $",\n    {d.Column} {d.SqlType} null"));

    private static string AddColumn(DocumentMapping mapping, DuplicatedField field, string schema) => $"""
        do $$ begin
            if not exists (select from information_schema.columns
                           where table_schema = '{schema}' and table_name = '{mapping.Table}' and column_name = '{field.Column}') then
                alter table {schema}.{mapping.Table} add column {field.Column} {field.SqlType} null;
                update {schema}.{mapping.Table} set {field.Column} = (data ->> '{field.Member}')::{field.SqlType};
            end if;
        end $$;
        """;

    private static string AddIndex((string Name, string On) index, DocumentMapping mapping, string schema) => $"""
        do $$ begin
            if to_regclass('{schema}.{index.Name}') is null then
                create index {index.Name} on {schema}.{mapping.Table} using btree ({index.On});
            end if;
        end $$;
        """;

    private static string Expression(MemberInfo member)
    {
        var type = DuplicatedField.TypeOf(member);
        var text = $"data ->> '{member.Name}'";
        if (type == typeof(string))
            return $"({text})";

        return new DuplicatedField(member).SqlType is var sql && sql.StartsWith("timestamp", StringComparison.Ordinal)
            ? throw new InvalidOperationException($"{member.DeclaringType!.Name}.{member.Name}: a time in JSON has no immutable index; use Duplicate.")
            : $"CAST({text} as {sql})";
    }
}
