using EventSourced.Api.Hosting.Errors;

namespace EventSourced.Api.Hosting.Requests;

/// <summary>Refuses queries with texts that no database keeps; of paths the server itself takes none.</summary>
internal sealed class QueryTexts(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.QueryString.HasValue)
        {
            foreach (var (name, values) in context.Request.Query)
                if (!Texts.AreKept(name) || !values.All(value => Texts.AreKept(value)))
                    throw InvalidRequestException.Of("query", name, Texts.Unfit);
        }

        return next(context);
    }
}
