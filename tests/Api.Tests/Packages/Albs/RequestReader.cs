using System.Text;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Hosting.Requests;
using EventSourced.Api.Packages.Dialects.Albs;
using FluentValidation;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Packages.Albs;

/// <summary>Reads a body the way an endpoint of the dialect does.</summary>
internal static class RequestReader
{
    public static async Task<T> ReadAsync<T>(string json, string? bodyName = null, IValidator<T>? validator = null) where T : class
    {
        var services = new ServiceCollection();
        services.AddOptions<RequestLimits>();
        if (validator is not null)
            services.AddSingleton(validator);

        await using var provider = services.BuildServiceProvider();
        var bytes = Encoding.UTF8.GetBytes(json);
        var context = new DefaultHttpContext { RequestServices = provider };
        context.Request.ContentType = "application/json";
        context.Request.ContentLength = bytes.Length;
        context.Request.Body = new MemoryStream(bytes);
        object[] metadata = bodyName is null ? [AlbsDialect.Dialect] : [AlbsDialect.Dialect, new BodyName(bodyName)];
        context.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(metadata), "test"));
        var parameter = typeof(RequestReader).GetMethod(nameof(ReadAsync))!.GetParameters()[0];
        return (await Body<T>.BindAsync(context, parameter))!.Value;
    }

    /// <summary>The places a 422 would name, parts joined by commas.</summary>
    public static async Task<IReadOnlyList<string>> RefusedAsync<T>(string json, IValidator<T>? validator = null) where T : class
    {
        var refused = await Assert.ThrowsAsync<InvalidRequestException>(() => ReadAsync(json, null, validator));
        var answer = Assert.IsType<AlbsUnprocessable>(AlbsDialect.Dialect.Shape(new Failure(422, "request.invalid", "") { Fields = refused.Fields }));
        return [.. answer.Detail.Select(e => string.Join(',', e.Loc))];
    }
}
