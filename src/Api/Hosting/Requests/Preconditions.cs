using EventSourced.Api.Hosting.Errors;

namespace EventSourced.Api.Hosting.Requests;

/// <summary>
/// Passes the versions of an <c>If-Match</c> on to the bus, which compares them in the transaction that appends. Only our own API has versions; where it has none
/// to compare, no tag matches.
/// </summary>
internal sealed class Preconditions(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context, MessageContext message)
    {
        var method = context.Request.Method;
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || context.GetEndpoint()?.Metadata.GetMetadata<Dialect>() != OwnDialect.Dialect)
            return next(context);

        var expected = ETags.ExpectedVersions(context.Request.Headers.IfMatch);
        if (expected is not null && context.GetEndpoint()!.Metadata.GetMetadata<AcceptsIfMatch>() is null)
            throw new RequestRefusedException(StatusCodes.Status412PreconditionFailed, "precondition.failed", "Nothing at this address has a version.");

        message.ExpectedVersions = expected;
        return next(context);
    }
}
