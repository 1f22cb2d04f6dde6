namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>Names of files that clients send become parts of URLs and of repositories: they must name a file and nothing beside it.</summary>
public static class FileNames
{
    private const int MaxLength = 255;

    public static bool IsPlain(string? name) =>
        name is { Length: > 0 and <= MaxLength } && name[0] is not ('.' or '-') && name.All(c => c is > ' ' and < '\x7f' and not ('/' or '\\' or '"' or '<' or '>'));
}
