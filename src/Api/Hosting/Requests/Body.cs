using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using EventSourced.Api.Hosting.Errors;
using FluentValidation;
using Microsoft.AspNetCore.Http.Metadata;

namespace EventSourced.Api.Hosting.Requests;

/// <summary>
/// A request's JSON body, read with the dialect's options, within <see cref="RequestLimits"/>, checked by the validator registered for it. Whatever does
/// not fit is an <see cref="InvalidRequestException"/> that names the field.
/// </summary>
[SuppressMessage("Design", "CA1000", Justification = "Minimal APIs bind parameters by static members of their type.")]
public sealed record Body<T>(T Value) : IEndpointParameterMetadataProvider where T : class
{
    public static async ValueTask<Body<T>?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        var endpoint = context.GetEndpoint()!.Metadata;
        var json = (endpoint.GetMetadata<Dialect>() ?? OwnDialect.Dialect).Json;
        using var document = await JsonBody.ReadAsync(context);
        var root = Unwrapped(document.RootElement, endpoint.GetMetadata<BodyName>());
        var value = Deserialize(root, json);
        await ValidateAsync(context, value, json);
        return new Body<T>(value);
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T), isOptional: false));

    private static JsonElement Unwrapped(JsonElement root, BodyName? wrapper) =>
        wrapper is not null && root.ValueKind is JsonValueKind.Object && root.GetPropertyCount() == 1 && root.TryGetProperty(wrapper.Name, out var inner)
            ? inner
            : root;

    private static T Deserialize(JsonElement root, JsonSerializerOptions json)
    {
        try
        {
            return root.Deserialize<T>(json) ?? throw new InvalidRequestException([new FieldError("body", [], "The body is null.", "missing")]);
        }
        catch (JsonException exception)
        {
            var fields = JsonFaults.Of(exception);
            throw fields is [var field] && UnknownIds.Find(field, root) is { } unknown ? unknown : new InvalidRequestException(fields);
        }
    }

    private static async ValueTask ValidateAsync(HttpContext context, T value, JsonSerializerOptions json)
    {
        if (context.RequestServices.GetService<IValidator<T>>() is not { } validator)
            return;

        var result = await validator.ValidateAsync(value, context.RequestAborted);
        if (!result.IsValid)
            throw new InvalidRequestException([.. result.Errors.Select(e => new FieldError("body", JsonFaults.PathOf(e.PropertyName, json), e.ErrorMessage, "value"))]);
    }
}

/// <summary>The one key under which a body may also come wrapped: <c>{"node_status": {…}}</c>.</summary>
/// <param name="Name">The key.</param>
public sealed record BodyName(string Name);
