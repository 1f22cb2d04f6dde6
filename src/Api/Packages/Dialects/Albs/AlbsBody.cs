using System.Buffers;
using System.Reflection;
using System.Text.Json;
using FluentValidation;
using Microsoft.AspNetCore.Http.Metadata;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>Something read from a request, or the answer to what is wrong with it, which the dialect's filter gives before the handler runs.</summary>
public interface IAlbsInput
{
    IResult? Problem { get; }
}

/// <summary>A JSON body, bare or wrapped, checked for shape.</summary>
public sealed class AlbsBody<T>(T? value, IResult? problem) : IAlbsInput, IBindableFromHttpContext<AlbsBody<T>>, IEndpointParameterMetadataProvider
    where T : class
{
    public IResult? Problem { get; } = problem;

    public T Value => value ?? throw new InvalidOperationException("The body has a problem that must be answered first.");

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T)));

    static async ValueTask<AlbsBody<T>?> IBindableFromHttpContext<AlbsBody<T>>.BindAsync(HttpContext context, ParameterInfo parameter) =>
        await AlbsBody.ReadAsync<T>(context);
}

/// <summary>The wrapper a body may come in (albs 1.3): <c>{"build": {…}}</c>.</summary>
public sealed record AlbsBodyName(string Name)
{
    public static JsonElement Unwrap(JsonElement body, string? name) =>
        name is not null && body.ValueKind is JsonValueKind.Object && body.GetPropertyCount() is 1 && body.TryGetProperty(name, out var inner) ? inner : body;
}

public static class AlbsBody
{
    /// <summary>Larger requests are answered with 413; a report of thousands of packages is well below.</summary>
    public const int MaxBytes = 8 * 1024 * 1024;

    public static async ValueTask<AlbsBody<T>> ReadAsync<T>(HttpContext context) where T : class
    {
        if (context.Request.ContentType is { Length: > 0 } && !context.Request.HasJsonContentType())
            return Wrong<T>("The body must be application/json.", "type_error.content_type");

        if (await ReadBytesAsync(context.Request, context.RequestAborted) is not { } bytes)
            return new(null, AlbsErrors.Detail(StatusCodes.Status413PayloadTooLarge, $"The request body is larger than {MaxBytes} bytes."));

        var body = Parse<T>(bytes, context.GetEndpoint()?.Metadata.GetMetadata<AlbsBodyName>()?.Name);
        return body.Problem is null && context.RequestServices.GetService<IValidator<T>>() is { } validator ? Check(body, validator) : body;
    }

    public static AlbsBody<T> Parse<T>(ReadOnlyMemory<byte> json, string? bodyName) where T : class
    {
        using var document = TryParse(json);
        if (document is null)
            return Wrong<T>("The body is not valid JSON.", "value_error.jsondecode");

        try
        {
            return AlbsBodyName.Unwrap(document.RootElement, bodyName).Deserialize<T>(AlbsJson.Options) is { } value
                ? new(value, null)
                : Wrong<T>("The body is null.", "type_error.none.not_allowed");
        }
        catch (JsonException e)
        {
            return new(null, AlbsErrors.Unprocessable([new(AlbsErrors.Loc("body", e.Path ?? ""), "The value has the wrong type.", "type_error")]));
        }
    }

    public static AlbsBody<T> Check<T>(AlbsBody<T> body, IValidator<T> validator) where T : class
    {
        var result = validator.Validate(body.Value);
        return result.IsValid
            ? body
            : new(null, AlbsErrors.Unprocessable(
                [.. result.Errors.Select(e => new AlbsFieldError(AlbsErrors.Loc("body", e.PropertyName), e.ErrorMessage, "value_error"))]));
    }

    private static JsonDocument? TryParse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static AlbsBody<T> Wrong<T>(string message, string type) where T : class => new(null, AlbsErrors.Unprocessable([new(["body"], message, type)]));

    private static async Task<byte[]?> ReadBytesAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > MaxBytes)
            return null;

        var buffer = new ArrayBufferWriter<byte>(4096);
        int read;
        while ((read = await request.Body.ReadAsync(buffer.GetMemory(4096), cancellation)) > 0)
        {
            buffer.Advance(read);
            if (buffer.WrittenCount > MaxBytes)
                return null;
        }

        return buffer.WrittenSpan.ToArray();
    }
}
