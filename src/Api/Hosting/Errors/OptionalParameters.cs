using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace EventSourced.Api.Hosting.Errors;

/// <summary>
/// Finds the optional parameter of a request whose text does not fit its type: the endpoints that are generated when the host is compiled answer a bare 400 for one,
/// where they throw for a parameter that is required.
/// </summary>
internal static class OptionalParameters
{
    private static readonly MethodInfo Parsing = typeof(OptionalParameters).GetMethod(nameof(Parses), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>Null when all of them fit.</summary>
    public static FieldError? FindUnfit(HttpContext context) =>
        (context.GetEndpoint()?.Metadata.GetOrderedMetadata<IParameterBindingMetadata>() ?? [])
            .Where(p => p is { IsOptional: true, HasTryParse: true } && !Fits(p.ParameterInfo.ParameterType, Given(p, context).Text))
            .Select(p => FieldError.OfType(Given(p, context).Source, [NameOf(p)]))
            .FirstOrDefault();

    private static (string Source, string? Text) Given(IParameterBindingMetadata parameter, HttpContext context) =>
        Attribute<IFromHeaderMetadata>(parameter) is not null ? ("header", context.Request.Headers[NameOf(parameter)])
        : context.Request.RouteValues.TryGetValue(NameOf(parameter), out var value) ? ("path", value as string)
        : ("query", context.Request.Query[NameOf(parameter)]);

    private static string NameOf(IParameterBindingMetadata parameter) =>
        Attribute<IFromQueryMetadata>(parameter)?.Name ?? Attribute<IFromHeaderMetadata>(parameter)?.Name ?? Attribute<IFromRouteMetadata>(parameter)?.Name ?? parameter.Name;

    private static T? Attribute<T>(IParameterBindingMetadata parameter) where T : class => parameter.ParameterInfo.GetCustomAttributes().OfType<T>().FirstOrDefault();

    private static bool Fits(Type type, string? text) =>
        string.IsNullOrEmpty(text) || (bool)Parsing.MakeGenericMethod(Nullable.GetUnderlyingType(type) ?? type).Invoke(null, [text])!;

    private static bool Parses<T>(string text) where T : IParsable<T> => T.TryParse(text, CultureInfo.InvariantCulture, out _);
}
