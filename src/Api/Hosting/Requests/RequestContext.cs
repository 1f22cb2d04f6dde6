using System.Diagnostics;
using EventSourced.Api.Hosting.Authentication;

namespace EventSourced.Api.Hosting.Requests;

/// <summary>Tells the bus, and the client, under which correlation the request runs.</summary>
internal sealed class RequestContext(RequestDelegate next)
{
    private const string CorrelationHeader = "X-Correlation-Id";
    private const int LongestCorrelationId = 128;

    public Task InvokeAsync(HttpContext context, MessageContext message)
    {
        message.By = "api";
        message.CorrelationId = CorrelationIdOf(context.Request);
        context.Response.OnStarting(() =>
        {
            context.Response.Headers[CorrelationHeader] = message.CorrelationId;
            return Task.CompletedTask;
        });
        return next(context);
    }

    /// <summary>The client's own id, else its trace's, else the one of our trace, else a new one.</summary>
    private static string CorrelationIdOf(HttpRequest request)
    {
        var given = request.Headers[CorrelationHeader].ToString();
        if (given.Length is > 0 and <= LongestCorrelationId && given.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':'))
            return given;

        return ActivityContext.TryParse(request.Headers.TraceParent, null, out var trace) ? trace.TraceId.ToHexString()
            : Activity.Current?.TraceId.ToHexString() ?? Guid.CreateVersion7().ToString("N");
    }
}

/// <summary>Tells the bus who asks.</summary>
internal sealed class RequestPrincipal(RequestDelegate next)
{
    public const string Anonymous = "anonymous";

    public Task InvokeAsync(HttpContext context, MessageContext message)
    {
        message.UserName = CurrentPrincipal.Of(context)?.Key ?? Anonymous;
        return next(context);
    }
}
