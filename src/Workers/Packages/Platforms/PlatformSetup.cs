using System.Runtime.CompilerServices;
using EventSourced.Domain;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Repositories;
using EventSourced.Projections;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults;

namespace EventSourced.Workers.Packages.Platforms;

/// <summary>Which platforms of a file are looked at.</summary>
public enum PlatformScope
{
    All,

    /// <summary>Those that are there.</summary>
    OnlyKnown,
}

/// <summary>Brings an installation to what a platform file says. A second time nothing changes.</summary>
public sealed class PlatformSetup(IServiceScopeFactory scopes)
{
    private int changes;

    /// <returns>A sentence a platform, as soon as that is done.</returns>
    /// <exception cref="RuleViolationException">A platform is refused; those before it stay as they are now.</exception>
    public async IAsyncEnumerable<string> ApplyAsync(
        IReadOnlyList<PlatformEntry> platforms, PlatformScope scope, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var platform in platforms)
            yield return await ApplyAsync(platform, scope, cancellation);
    }

    private async Task<string> ApplyAsync(PlatformEntry entry, PlatformScope scope, CancellationToken cancellation)
    {
        var known = await ReadAsync(session => session.PlatformsNamedAsync([entry.Name], cancellation)) is [var platform] ? platform : null;
        if (known is null && scope is PlatformScope.OnlyKnown)
            return $"{entry.Name} is not there and was left out.";

        changes = 0;
        var id = known is null ? await MakeAsync(entry, cancellation) : new PlatformId(known.Number);
        if (known is not null)
            await InvokeAsync(new UpdatePlatform(id, entry.PlatformType, entry.ToSettings(), Repositories: null), cancellation);

        var repositories = new List<RepositoryId>();
        foreach (var repository in entry.Repositories.OrderBy(r => r.Debug))
            repositories.Add(await ApplyAsync(repository, cancellation));

        await InvokeAsync(new LinkPlatformRepositories(id, repositories), cancellation);
        return $"{entry.Name}: {(known is null ? "made" : changes is 0 ? "nothing changed" : "changed")}, {repositories.Count} repositories.";
    }

    private async Task<PlatformId> MakeAsync(PlatformEntry entry, CancellationToken cancellation)
    {
        var id = await ReadAsync(session => session.NextIdAsync<PlatformId>(cancellation));
        await InvokeAsync(new CreatePlatform(id, entry.Name, entry.PlatformType, entry.ToSettings(), []), cancellation);
        return id;
    }

    private async Task<RepositoryId> ApplyAsync(RepositoryEntry entry, CancellationToken cancellation)
    {
        var named = await ReadAsync(session => session.RepositoriesNamedAsync(entry.Name, cancellation));
        if (named.FirstOrDefault(r => new RepositoryIdentity(r.Name, r.Arch, r.Type, r.Debug) == entry.ToIdentity()) is { } known)
        {
            await InvokeAsync(new UpdateRepository(new(known.Number), await ServedAsync(entry, known, cancellation)), cancellation);
            return new(known.Number);
        }

        var settings = await ServedAsync(entry, known: null, cancellation);
        var id = await ReadAsync(session => session.NextIdAsync<RepositoryId>(cancellation));
        await InvokeAsync(new CreateRepository(new NewRepository(id, entry.ToIdentity(), settings)), cancellation);
        return id;
    }

    /// <summary>What is served already stays where it is, for clients have the address.</summary>
    private async Task<RepositorySettings> ServedAsync(RepositoryEntry entry, RepositoryDetails? known, CancellationToken cancellation)
    {
        var settings = entry.ToSettings();
        if (!entry.Production || known?.Settings.ServedAt(entry.Name) is not null)
            return entry.Production ? settings with { Url = known?.Settings.Url } : settings;

        string[] free = [RepositoryAddress.Of(entry.Folder), RepositoryAddress.Of(entry.OtherFolder)];
        var taken = (await ReadAsync(session => session.ProductionRepositoriesWithAsync(free, url => url, cancellation))).Where(r => r.Number != known?.Number).ToList();
        if (taken.Find(r => r.Settings.Url == free[0] && (r.Name, r.Arch, r.Type) != (entry.Name, entry.Arch, entry.Type)) is { } other)
            throw new ConfigurationException($"{entry.Name} ({entry.Arch}): {free[0]} is where {other.Name} ({other.Arch}, {other.Type}) is served.");

        return free.FirstOrDefault(url => taken.TrueForAll(r => r.Settings.Url != url)) is { } url
            ? settings with { Url = url }
            : throw new ConfigurationException($"{entry.Name} ({entry.Arch}): other repositories are served at {free[0]} and {free[1]}.");
    }

    private async Task<T> ReadAsync<T>(Func<IQuerySession, Task<T>> read)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await read(scope.ServiceProvider.GetRequiredService<IQuerySession>());
    }

    private async Task InvokeAsync(object command, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<MessageContext>().UserName = "system";
        changes += (await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync<CommandResult>(command, cancellation)).Streams.Count;
    }
}
