using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Releases;
using EventSourced.Projections;
using EventSourced.Projections.Packages;
using EventSourced.ServiceDefaults.Beholder;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>Makes the commands of release requests: looks up what they name, and proposes where packages go.</summary>
public sealed class ReleasePlans(IQuerySession session, IBeholder beholder, ContentUrls urls)
{
    public async Task<PlanRelease> ToCommandAsync(NewReleaseRequest request, CurrentPrincipal principal, HttpRequest http, CancellationToken ct)
    {
        var owner = principal.UserId ?? throw RequestRefusedException.Forbidden("Only users own releases.");
        if (request.ProductId is { } product and not BuiltInProduct.Id)
            throw RequestRefusedException.NotFound($"Product {product}");

        var platform = await PlatformAsync(request.PlatformId ?? 0, ct);
        var reference = await ReferenceAsync(request.ReferencePlatformId, ct);
        var builds = await BuildsAsync([.. request.Builds.Distinct()], ct);
        if (request.IsCurrentForm)
            RefuseOtherPlatforms(builds, platform);

        var tasks = Tasks(request.BuildTasks, builds);
        var plan = await ProposeAsync(new(platform, request.ProductId, reference, Numbers(builds), tasks), http, ct);
        return new(
            await session.NextIdAsync<ReleaseId>(ct), owner, new(platform.Number), request.ProductId, reference is null ? null : new(reference.Number),
            [.. builds.Select(b => new BuildId(b.Number))], tasks, plan);
    }

    public async Task<ChangeReleasePlan> ToCommandAsync(ReleaseId id, ChangedReleaseRequest request, HttpRequest http, CancellationToken ct)
    {
        var release = await session.ReleaseAsync(id, ct) ?? throw RequestRefusedException.NotFound($"Release {id.Value}");
        var platform = await PlatformAsync(release.PlatformId, ct);
        var isOfSameBuilds = request.Builds is not { } given || release.Builds.ToHashSet().SetEquals(given);
        var builds = await BuildsAsync(isOfSameBuilds ? release.Builds : [.. request.Builds!.Distinct()], ct); // the line above leaves out null
        if (!isOfSameBuilds && release.ProductId is not null)
            RefuseOtherPlatforms(builds, platform);

        var tasks = Tasks(request.BuildTasks ?? (isOfSameBuilds ? release.BuildTasks : null), builds);
        var reference = await ReferenceAsync(release.ReferencePlatformId, ct);
        var isSame = isOfSameBuilds && (release.BuildTasks ?? []).ToHashSet().SetEquals((tasks ?? []).Select(t => t.Value));
        var plan = !isSame ? await ProposeAsync(new(platform, release.ProductId, reference, Numbers(builds), tasks), http, ct)
            : request.Plan.ToFreeJson() is { } changed ? await RefreshAsync(changed, release, platform, ct)
            : release.Plan;
        return new(id, [.. builds.Select(b => new BuildId(b.Number))], tasks, plan);
    }

    private Task<FreeJson> ProposeAsync(ReleaseScope scope, HttpRequest http, CancellationToken ct) =>
        session.ProposeReleaseAsync(scope, beholder.ProjectsAsync, url => urls.Absolute(url, http), ct);

    /// <summary>Somebody's plan: what a commit reads of it has to be readable now.</summary>
    private async Task<FreeJson> RefreshAsync(FreeJson plan, ReleaseDetails release, PlatformDetails platform, CancellationToken ct)
    {
        var read = ReleasePlan.Read(plan);
        if (read.Unreadable is { } reason)
            throw InvalidRequestException.Of("body", "plan", reason);

        // What does not exist a commit finds (albs 13.5).
        var known = await session.LoadManyAsync<RepositoryDetails>(ct, [.. read.Targets.Select(r => r.StreamKey)]);
        var candidates = (await session.CandidatesAsync(platform, release.ProductId, ct)).Select(r => r.Number);
        if (read.MisplacedOutside([.. read.Targets.Except(known.Select(r => RepositoryId.Of(r.Number))), .. candidates.Select(RepositoryId.Of)]) is { } misplaced)
            throw InvalidRequestException.Of("body", "plan", misplaced);

        var packages = await session.BuiltPackagesAsync(release.Builds, release.BuildTasks, platform.ReleasedFrom(), ct);
        var targets = read.Packages.ToLookup(p => p.FileName, StringComparer.Ordinal);
        return ReleaseProposal.Refreshed(
            plan, packages, await session.PresentAsync(packages, package => targets[package.FileName].SelectMany(p => p.Repositories), ct));
    }

    private async Task<PlatformDetails> PlatformAsync(int id, CancellationToken ct) =>
        await session.LoadAsync<PlatformDetails>(new PlatformId(id).StreamKey, ct) ?? throw RequestRefusedException.NotFound($"Platform {id}");

    private async Task<PlatformDetails?> ReferenceAsync(int? id, CancellationToken ct) => id is { } given ? await PlatformAsync(given, ct) : null;

    private async Task<IReadOnlyList<BuildDetails>> BuildsAsync(IReadOnlyList<int> ids, CancellationToken ct)
    {
        var known = (await session.LoadManyAsync<BuildDetails>(ct, [.. ids.Select(id => new BuildId(id).StreamKey)])).ToDictionary(b => b.Number);
        var missing = ids.Where(id => !known.ContainsKey(id)).ToList();
        return missing is [] ? [.. ids.Select(id => known[id])] : throw RequestRefusedException.NotFound($"Build {string.Join(", ", missing)}");
    }

    private static IReadOnlyList<int> Numbers(IReadOnlyList<BuildDetails> builds) => [.. builds.Select(b => b.Number)];

    /// <summary>An empty list is as none: all tasks.</summary>
    private static IReadOnlyList<BuildTaskId>? Tasks(IReadOnlyList<int>? ids, IReadOnlyList<BuildDetails> builds)
    {
        var unknown = (ids ?? []).Except(builds.SelectMany(b => b.Tasks)).ToList();
        return unknown is [] ? ids is { Count: > 0 } ? [.. ids.Distinct().Select(BuildTaskId.Of)] : null
            : throw RequestRefusedException.NotFound($"Build task {string.Join(", ", unknown)}");
    }

    private static void RefuseOtherPlatforms(IReadOnlyList<BuildDetails> builds, PlatformDetails platform)
    {
        var fitting = platform.ReleasedFrom();
        if (builds.FirstOrDefault(b => b.Platforms.Any(p => !fitting.Contains(p.Name))) is { } other)
            throw new RequestRefusedException(
                StatusCodes.Status400BadRequest, "release.other_platform", $"Build {other.Number} has tasks for another platform than {string.Join(", ", fitting)}.");
    }
}
