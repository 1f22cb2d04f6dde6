using EventSourced.Api.Hosting.Errors;

namespace EventSourced.Api.Hosting.Requests;

/// <summary>Refuses addresses whose decoded parts no database keeps.</summary>
internal sealed class AddressTexts(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        foreach (var (name, value) in context.Request.RouteValues)
            Check("path", name, value as string);

        if (context.Request.QueryString.HasValue)
        {
            foreach (var (name, values) in context.Request.Query)
                Check("query", name, name + string.Concat(values.ToArray()));
        }

        return next(context);
    }

    private static void Check(string source, string name, string? text)
    {
        if (text is not null && !Texts.AreKept(text))
            throw InvalidRequestException.Of(source, name, Texts.Unfit);
    }
}
