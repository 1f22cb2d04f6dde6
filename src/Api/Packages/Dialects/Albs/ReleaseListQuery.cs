using System.Globalization;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>The filters of <c>GET /releases/</c> (albs 13.6). An empty parameter counts as absent.</summary>
/// <param name="Filter">What is asked for.</param>
/// <param name="Page">From 1; null means all releases as a bare array.</param>
public sealed record ReleaseListQuery(ReleaseListFilter Filter, int? Page)
{
    private static readonly ReleaseStatus[] Statuses =
        [ReleaseStatus.Scheduled, ReleaseStatus.InProgress, ReleaseStatus.Completed, ReleaseStatus.Failed, ReleaseStatus.Reverted];

    public static ValueTask<ReleaseListQuery> BindAsync(HttpContext context) => ValueTask.FromResult(Read(context.Request.Query));

    public static int NumberOf(ReleaseStatus status) => Array.IndexOf(Statuses, status) + 1;

    public static ReleaseListQuery Read(IQueryCollection query)
    {
        var page = Number("pageNumber");
        if (page < 0)
            throw Invalid("pageNumber", "is negative");

        var status = Number("status");
        if (status is not null && status is not (>= 1 and <= 5))
            throw Invalid("status", "is not one of 1 to 5");

        var product = Number("product_id");
        var filter = new ReleaseListFilter(
            product is null ? null : product is BuiltInProduct.Id, Number("platform_id"), status is { } number ? Statuses[number - 1] : null, Text("package_name"));
        return new(filter, page is 0 ? null : page);

        string? Text(string name) => query[name].ToString() is { Length: > 0 } text ? text : null;

        int? Number(string name) => Text(name) is not { } text ? null
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
            : throw Invalid(name, "is not an integer");
    }

    private static InvalidRequestException Invalid(string name, string message) => InvalidRequestException.Of("query", name, message);
}
