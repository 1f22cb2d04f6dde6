using System.Text.RegularExpressions;

namespace EventSourced.Domain.Packages.Repositories;

/// <summary>
/// Who owns an identity that a person chose. Ids come from a sequence, so uniqueness needs a stream of its own. A build's repositories carry the build's
/// id in their names instead, so those names are closed to everybody else and a build costs no extra streams.
/// </summary>
public sealed partial record RepositoryName(string Id, RepositoryId Owner)
{
    public static string KeyOf(RepositoryIdentity identity)
    {
        string[] parts = [identity.Name, identity.Arch, identity.Type, identity.Debug ? "debug" : "main"];
        return $"repository_name-{string.Join('/', parts.Select(Uri.EscapeDataString))}";
    }

    public static bool BelongsToBuilds(string name) => BuildsOwn().IsMatch(name);

    public static RepositoryName Create(RepositoryNameTaken e) => new(KeyOf(e.Identity), e.RepositoryId);

    [GeneratedRegex(@"-\d+(-debug)?-br$|^build-\d+-(build|test)_log$", RegexOptions.CultureInvariant)]
    private static partial Regex BuildsOwn();
}
