using System.Reflection;
using NpgsqlTypes;

namespace EventSourced.EventStore.Documents;

/// <summary>A document member that has a column of its own beside the JSON.</summary>
internal sealed class DuplicatedField
{
    private readonly MemberInfo member;
    private readonly Type stored;

    public DuplicatedField(MemberInfo member)
    {
        this.member = member;
        Column = MartenNames.Column(member.Name);
        stored = Nullable.GetUnderlyingType(TypeOf(member)) ?? TypeOf(member);
        (SqlType, DbType, ArrayType) = stored switch
        {
            { IsEnum: true } => ("varchar", NpgsqlDbType.Varchar, typeof(string)),
            _ when stored == typeof(string) => ("varchar", NpgsqlDbType.Varchar, typeof(string)),
            _ when stored == typeof(bool) => ("boolean", NpgsqlDbType.Boolean, typeof(bool?)),
            _ when stored == typeof(short) => ("smallint", NpgsqlDbType.Smallint, typeof(short?)),
            _ when stored == typeof(int) => ("integer", NpgsqlDbType.Integer, typeof(int?)),
            _ when stored == typeof(long) => ("bigint", NpgsqlDbType.Bigint, typeof(long?)),
            _ when stored == typeof(decimal) => ("numeric", NpgsqlDbType.Numeric, typeof(decimal?)),
            _ when stored == typeof(double) => ("double precision", NpgsqlDbType.Double, typeof(double?)),
            _ when stored == typeof(Guid) => ("uuid", NpgsqlDbType.Uuid, typeof(Guid?)),
            _ when stored == typeof(DateTimeOffset) => ("timestamp with time zone", NpgsqlDbType.TimestampTz, typeof(DateTime?)),
            _ => throw new InvalidOperationException($"{member.DeclaringType!.Name}.{member.Name}: no column type is known for {stored.Name}."),
        };
    }

    public string Member => member.Name;

    public string Column { get; }

    public string SqlType { get; }

    public NpgsqlDbType DbType { get; }

    /// <summary>Element type of the array that carries many values.</summary>
    public Type ArrayType { get; }

    public object? ValueOf(object document)
    {
        var value = member is PropertyInfo property ? property.GetValue(document) : ((FieldInfo)member).GetValue(document);
        return value switch
        {
            Enum text => text.ToString(),
            DateTimeOffset time => time.UtcDateTime,
            _ => value,
        };
    }

    public static Type TypeOf(MemberInfo member) => member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType;
}
