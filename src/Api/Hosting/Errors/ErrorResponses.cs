using System.Globalization;

namespace EventSourced.Api.Hosting.Errors;

/// <summary>Turns exceptions and bare error statuses into the dialect's own error body.</summary>
internal sealed class ErrorResponses(RequestDelegate next, DialectTable dialects, ILogger<ErrorResponses> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return; // nobody is listening any more
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            var failure = FailureMapping.From(exception, dialects.For(context), context);
            if (failure.Status is >= StatusCodes.Status500InternalServerError and not StatusCodes.Status501NotImplemented)
                Log.RequestFailed(logger, context.Request.Method, context.Request.Path, exception);

            await WriteAsync(context, failure);
            return;
        }

        if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
        {
            var known = context.Features.Get<Failure>();
            await WriteAsync(context, known?.Status == context.Response.StatusCode ? known : FailureMapping.FromStatus(context, dialects.For(context)));
        }
    }

    private async Task WriteAsync(HttpContext context, Failure failure)
    {
        var dialect = dialects.For(context);
        var challenge = context.Response.Headers.WWWAuthenticate;
        var allow = context.Response.Headers.Allow;
        context.Response.Clear();
        context.Response.Headers.WWWAuthenticate = challenge;
        context.Response.Headers.Allow = allow;
        context.Response.StatusCode = failure.Status;
        if (failure.RetryAfter is { } wait)
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);

        await context.Response.WriteAsJsonAsync<object>(dialect.Shape(failure), dialect.Json, dialect.ErrorContentType, context.RequestAborted);
    }
}
