namespace EventSourced.Domain.Packages.Repositories;

/// <summary>Where production repositories are served. However a client writes such an address, it is recorded in one form, for by that it is looked up.</summary>
public static class RepositoryAddress
{
    /// <summary>All content of ours is below this path.</summary>
    public const string ContentRoot = "/pulp/content/";

    private const string ProductionRoot = ContentRoot + "prod/";

    /// <summary>Below the address of the content.</summary>
    /// <param name="folder"><c>NAME-ARCH</c>, or another one that begins with the name and a dash.</param>
    public static string Of(string folder) => $"{ProductionRoot}{Uri.EscapeDataString(folder)}/";

    /// <summary>As it is recorded: escaped, with its last slash. What is no such address stays as it is.</summary>
    public static string? Normal(string? url) => FolderIn(url) is { } folder ? Of(folder) : url;

    /// <summary>The address as it is recorded; null when a repository of this name is not found there.</summary>
    public static string? ServedAt(string name, string? url) =>
        FolderIn(url) is { } folder && folder.StartsWith($"{name}-", StringComparison.Ordinal) ? Of(folder) : null;

    /// <exception cref="RuleViolationException">It is a production repository at a path of ours that would never answer.</exception>
    internal static void RefuseUnserved(string name, RepositorySettings settings)
    {
        if (settings is { Production: true, Url: ['/', ..] url } && settings.ServedAt(name) is null)
            throw new RuleViolationException(RepositoryErrors.AddressInvalid, $"{name}: {url} is not {ProductionRoot}{name}-ARCH/, nor another folder that begins so.");
    }

    /// <summary>Null for what clients could not ask for as a folder: they resolve dots, and leave out what follows a question mark.</summary>
    private static string? FolderIn(string? url) =>
        url?.StartsWith(ProductionRoot, StringComparison.Ordinal) is true && url[ProductionRoot.Length..].TrimEnd('/') is var escaped && !escaped.AsSpan().ContainsAny('?', '#')
        && Uri.UnescapeDataString(escaped) is var folder && FileNames.IsPlain(folder) ? folder : null;
}
