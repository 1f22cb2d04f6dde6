using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>Looks that no repository comes to be served where another one is. What has been so stays as it is.</summary>
internal static class ServedAddresses
{
    /// <param name="session">Reads.</param>
    /// <param name="repositories">All of a request, and which known ones they are.</param>
    /// <param name="pathOf">Takes the address that content of ours is served at off a URL.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="RequestRefusedException">Two would have one address.</exception>
    public static async Task RefuseSharedAsync(
        this IQuerySession session, IReadOnlyList<(RepositoryRequest Request, RepositoryDetails? Known)> repositories, Func<string, string> pathOf, CancellationToken ct)
    {
        var wanted = repositories.Select(r => (r.Request.Name, Before: r.Known?.Settings.ServedAt(r.Request.Name), At: AfterwardsOf(r.Request, r.Known)))
            .Where(r => r.At is not null).ToList();
        var claims = wanted.Where(r => r.At != r.Before).ToList();
        if (claims.Find(one => wanted.Count(other => other.At == one.At) > 1) is { At: not null } shared)
            throw Refused(shared.Name, shared.At, "another one of the list");

        var others = claims is [] ? [] : await session.ProductionRepositoriesWithAsync([.. claims.Select(c => c.At).OfType<string>()], pathOf, ct);
        if (others.FirstOrDefault(o => !repositories.Any(r => r.Known?.Number == o.Number)) is { } taken)
            throw Refused(claims.First(c => c.At == taken.Settings.Url).Name, taken.Settings.Url, $"{taken.Name} ({taken.Arch})");
    }

    private static string? AfterwardsOf(RepositoryRequest request, RepositoryDetails? known) =>
        (known?.Settings ?? RepositorySettings.None).With(PlatformMapping.ToSettings(request)).ServedAt(request.Name);

    private static RequestRefusedException Refused(string name, string? address, string other) =>
        new(StatusCodes.Status409Conflict, "repository.address_taken", $"{name}: {address} is where {other} is served.");
}
