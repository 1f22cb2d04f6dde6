using System.Net;
using System.Text;

namespace EventSourced.Api.Packages.Dialects.Pulp;

/// <summary>A folder as HTML with <c>href="NAME"</c> links, which command line tools read.</summary>
internal static class DirectoryListing
{
    /// <summary>Names directly below a folder, folders with a slash behind; null when there is no such folder.</summary>
    public static IReadOnlyList<string>? Of(IEnumerable<string> paths, string folder)
    {
        var prefix = folder.Length is 0 || folder[^1] is '/' ? folder : folder + "/";
        var names = paths.Where(path => path.StartsWith(prefix, StringComparison.Ordinal))
            .Select(path => path[prefix.Length..])
            .Select(rest => rest.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash ? rest[..(slash + 1)] : rest)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return names is [] && prefix.Length > 0 ? null : names;
    }

    public static string Html(PathString folder, IEnumerable<string> entries)
    {
        var path = folder.Value ?? ""; // unescaped
        var title = WebUtility.HtmlEncode(path);
        var html = new StringBuilder($"<!DOCTYPE html>\n<html><head>{BaseOf(path)}<title>Index of {title}</title></head><body><h1>Index of {title}</h1><ul>\n");
        foreach (var entry in entries)
            html.Append($"<li><a href=\"{LinkTo(entry)}\">{WebUtility.HtmlEncode(entry)}</a></li>\n");

        return html.Append("</ul></body></html>\n").ToString();
    }

    /// <summary>
    /// Where a folder is asked for without the slash behind it, names would be looked for beside it. Relative, so that it holds behind any proxy, and in single quotes,
    /// so that whoever looks for <c>href="NAME"</c> does not take it for an entry.
    /// </summary>
    private static string BaseOf(string path) => path is "" or [.., '/'] ? "" : $"<base href='{LinkTo(path[(path.LastIndexOf('/') + 1)..] + "/")}'>";

    private static string LinkTo(string entry) => WebUtility.HtmlEncode(string.Join('/', entry.Split('/').Select(Uri.EscapeDataString)));
}
