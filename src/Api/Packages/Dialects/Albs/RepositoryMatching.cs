using EventSourced.Api.Hosting.Errors;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>
/// What a platform's new list of repositories means (albs 6.1): the name finds a repository, among the platform's own before all others; arch, type and debug tell
/// those of one name apart. None is made a second time because of a field that was left out or changed.
/// </summary>
public static class RepositoryMatching
{
    /// <param name="requests">The list; no identity twice.</param>
    /// <param name="known">All that have one of its names.</param>
    /// <param name="own">Ids of those of the platform.</param>
    /// <returns>What each request means; null for one to be made.</returns>
    /// <exception cref="RequestRefusedException">A request changes what a repository is known by.</exception>
    public static IReadOnlyList<RepositoryDetails?> Match(IReadOnlyList<RepositoryRequest> requests, IReadOnlyList<RepositoryDetails> known, IReadOnlyCollection<int> own)
    {
        var free = known.OrderByDescending(r => own.Contains(r.Number)).ThenBy(r => r.Debug).ToList();
        var found = new RepositoryDetails?[requests.Count];
        foreach (var (i, request) in requests.Index().OrderBy(r => r.Item.Debug is null))
        {
            found[i] = free.Find(r => Fits(request, r));
            if (found[i] is { } taken)
                free.Remove(taken);
        }

        foreach (var (i, request) in requests.Index().Where(r => found[r.Index] is null))
        {
            if (Changed(request, free, [.. known.Where(r => own.Contains(r.Number))]) is { } changed)
                throw Refused(i, request, changed);
        }

        return found;
    }

    private static bool Fits(RepositoryRequest request, RepositoryDetails known) =>
        known.Name == request.Name && known.Arch == request.Arch && known.Type == request.Type && (request.Debug ?? known.Debug) == known.Debug;

    /// <summary>The one of this name that nothing else in the list means: of the same arch, or the only one the platform has.</summary>
    private static RepositoryDetails? Changed(RepositoryRequest request, List<RepositoryDetails> free, IReadOnlyList<RepositoryDetails> own) =>
        free.Find(r => r.Name == request.Name && r.Arch == request.Arch)
        ?? (own.Where(r => r.Name == request.Name).ToList() is [var only] && free.Contains(only) ? only : null);

    private static RequestRefusedException Refused(int place, RepositoryRequest request, RepositoryDetails known) => new(
        StatusCodes.Status409Conflict, "repository.identity",
        $"repos[{place}]: {request.Name} is a repository of {known.Arch}, type {known.Type}, debug {(known.Debug ? "true" : "false")}, and that never changes.");
}
