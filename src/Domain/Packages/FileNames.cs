namespace EventSourced.Domain.Packages;

/// <summary>Names of files that clients send become parts of URLs and of repositories: they must name a file and nothing beside it.</summary>
public static class FileNames
{
    private const int MaxLength = 255;

    public static bool IsPlain(string? name) =>
        name is { Length: > 0 and <= MaxLength } && name[0] is not ('.' or '-') && name.All(c => c is > ' ' and < '\x7f' and not ('/' or '\\' or '"' or '<' or '>'));

    /// <summary>Names of platforms and the like are free text that stands in URLs, escaped.</summary>
    public static bool IsTitle(string? name) =>
        !string.IsNullOrWhiteSpace(name) && name.Length <= MaxLength && name[0] is not '.' && !name.Any(c => c is '/' or '\\' || char.IsControl(c));
}
