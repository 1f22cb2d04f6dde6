namespace EventSourced.EventStore.Documents;

/// <summary>The statements on one document table, in any schema (a rebuild writes into another).</summary>
internal sealed class DocumentSql
{
    public DocumentSql(DocumentMapping mapping, string schema)
    {
        Table = $"{schema}.{mapping.Table}";
        var own = string.Concat(mapping.Duplicates.Select(d => $", {d.Column}"));
        var version = mapping.IsProjected ? "bigint" : "uuid";
        var sets = string.Concat(mapping.Duplicates.Select(d => $", {d.Column} = excluded.{d.Column}"));
        Columns = $"id, data, mt_dotnet_type, mt_version{own}";
        var upsert =
            $" on conflict (id) do update set data = excluded.data, mt_last_modified = transaction_timestamp(), mt_dotnet_type = excluded.mt_dotnet_type, mt_version = excluded.mt_version{sets}";
        var one = string.Concat(mapping.Duplicates.Select((_, n) => $", ${n + 5}"));
        var many = string.Concat(mapping.Duplicates.Select((d, n) => $", ${n + 5}::{d.SqlType}[]"));
        UpsertOne = $"insert into {Table} ({Columns}) values ($1, $2, $3, $4{one}){upsert}";
        UpsertMany = $"""
            insert into {Table} ({Columns})
            select d.id, d.data, $3, d.version{string.Concat(mapping.Duplicates.Select(d => $", d.{d.Column}"))}
            from unnest($1::varchar[], $2::jsonb[], $4::{version}[]{many}) d(id, data, version{own}) order by d.id{upsert}
            """;
        var guard = $" returning case when tableoid <> ${mapping.Duplicates.Count + 5} then es.conflict() end";
        UpsertOneInSameTable = UpsertOne + guard;
        UpsertManyInSameTable = UpsertMany + guard;
        SameTable = $"select es.conflict() from (select '{Table}'::regclass::oid as now) t left join {Table} on false where t.now <> $1";
        Delete = $"delete from {Table} where id = any($1)";
        Load = $"select data from {Table} where id = $1";
        LoadMany = $"select data from {Table} where id = any($1)";
        LoadVersioned = $"select id, data, mt_version from {Table} where id = any($1)";
        CopyIn = $"copy {Table} ({Columns}) from stdin (format binary)";
    }

    /// <summary>With the schema.</summary>
    public string Table { get; }

    /// <summary>The columns written: <c>id, data, mt_dotnet_type, mt_version</c>, then the duplicated ones.</summary>
    public string Columns { get; }

    /// <summary>Parameters: id, data, .NET type, version, then the duplicated values.</summary>
    public string UpsertOne { get; }

    /// <summary>As <see cref="UpsertOne"/> with arrays for all but the .NET type.</summary>
    public string UpsertMany { get; }

    /// <summary>As <see cref="UpsertOne"/> with one more parameter: raises <c>ES001</c> when the table has another oid.</summary>
    public string UpsertOneInSameTable { get; }

    /// <summary>As <see cref="UpsertMany"/> with one more parameter: raises <c>ES001</c> when the table has another oid.</summary>
    public string UpsertManyInSameTable { get; }

    /// <summary>Raises <c>ES001</c> when the table has another oid than the parameter; else nobody can replace it before the transaction ends.</summary>
    public string SameTable { get; }

    public string Delete { get; }

    public string Load { get; }

    public string LoadMany { get; }

    /// <summary><c>id, data, mt_version</c> of an array of ids.</summary>
    public string LoadVersioned { get; }

    /// <summary>Binary COPY of <see cref="Columns"/>.</summary>
    public string CopyIn { get; }
}
