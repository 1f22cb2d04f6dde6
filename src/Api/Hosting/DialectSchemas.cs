using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EventSourced.Api.Hosting.Errors;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace EventSourced.Api.Hosting;

/// <summary>Schemas are made from the host's JSON; where a dialect writes other names, or enums as numbers, they say so.</summary>
internal static class DialectSchemas
{
    public static Task ApplyAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, Dialect dialect)
    {
        if (dialect != OwnDialect.Dialect)
            Apply(schema, context.JsonTypeInfo.Type, context.JsonTypeInfo.Options, dialect.Json);

        return Task.CompletedTask;
    }

    /// <summary>Goes down itself: the framework finds nested schemas by the names that are changed here. A second time it changes nothing.</summary>
    private static void Apply(IOpenApiSchema? any, Type type, JsonSerializerOptions host, JsonSerializerOptions own)
    {
        if (any is not OpenApiSchema schema)
            return;

        if ((Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } enumeration)
            Number(schema, enumeration, type, own);

        foreach (var alternative in schema.OneOf ?? [])
            Apply(alternative, type, host, own);

        var info = host.GetTypeInfo(type);
        if (info.ElementType is { } element)
            Apply(schema.Items ?? schema.AdditionalProperties, element, host, own);

        if (info.Kind is JsonTypeInfoKind.Object && schema.Properties is { Count: > 0 })
            Rename(schema, info, host, own);
    }

    private static void Rename(OpenApiSchema schema, JsonTypeInfo info, JsonSerializerOptions host, JsonSerializerOptions own)
    {
        foreach (var property in info.Properties)
            Apply(schema.Properties!.TryGetValue(property.Name, out var nested) ? nested : null, property.PropertyType, host, own);

        var names = info.Properties.Join(own.GetTypeInfo(info.Type).Properties, p => p.AttributeProvider, p => p.AttributeProvider, (from, to) => (from.Name, To: to.Name))
            .ToDictionary(pair => pair.Name, pair => pair.To);

        schema.Properties = schema.Properties!.ToDictionary(p => names.GetValueOrDefault(p.Key, p.Key), p => p.Value);
        schema.Required = schema.Required?.Select(name => names.GetValueOrDefault(name, name)).ToHashSet();
    }

    private static void Number(OpenApiSchema schema, Type enumeration, Type type, JsonSerializerOptions json)
    {
        var values = Enum.GetValues(enumeration).Cast<object>().ToList();
        if (values.Count == 0 || JsonSerializer.SerializeToElement(values[0], enumeration, json).ValueKind is not JsonValueKind.Number)
            return;

        schema.Type = type == enumeration ? JsonSchemaType.Integer : JsonSchemaType.Integer | JsonSchemaType.Null;
        schema.Enum = [.. values.Select(v => JsonSerializer.SerializeToNode(v, enumeration, json)!)];
    }
}
