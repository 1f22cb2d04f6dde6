using System.Globalization;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>The filters of <c>GET /builds/</c> (albs 7.4). An empty parameter counts as absent.</summary>
/// <param name="Filter">What is asked for.</param>
/// <param name="Page">From 1; null means all builds as a bare array.</param>
public sealed record BuildListQuery(BuildListFilter Filter, int? Page)
{
    public static ValueTask<BuildListQuery> BindAsync(HttpContext context) => ValueTask.FromResult(Read(context.Request.Query));

    public static BuildListQuery Read(IQueryCollection query)
    {
        var package = new PackageFilter(Text("rpm_name"), Text("rpm_epoch"), Text("rpm_version"), Text("rpm_release"), Text("rpm_arch"));
        var filter = new BuildListFilter
        {
            OwnerId = Number("created_by"),
            Project = Text("project"),
            Ref = Text("ref"),
            PlatformId = Number("platform_id"),
            Arch = Text("build_task_arch"),
            IsRunning = Flag("is_running"),
            IsReleased = Flag("released"),
            IsSigned = Flag("signed"),
            Package = package == new PackageFilter(null, null, null, null, null) ? null : package,
        };

        var page = Number("pageNumber");
        if (page < 0)
            throw Invalid("pageNumber", "is negative");

        return new(filter, page is 0 ? null : page);

        string? Text(string name) => query[name].ToString() is { Length: > 0 } text ? text : null;

        int? Number(string name) => Text(name) is not { } text ? null
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
            : throw Invalid(name, "is not an integer");

        bool? Flag(string name) => Text(name)?.ToUpperInvariant() switch
        {
            null => null,
            "TRUE" or "1" => true,
            "FALSE" or "0" => false,
            _ => throw Invalid(name, "is not a boolean"),
        };
    }

    private static InvalidRequestException Invalid(string name, string message) => InvalidRequestException.Of("query", name, message);
}
