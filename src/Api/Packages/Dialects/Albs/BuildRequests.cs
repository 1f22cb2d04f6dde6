using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>Makes the command of a build request: looks up what it names and draws its ids.</summary>
public sealed class BuildRequests(IQuerySession session)
{
    /// <summary>A build of more tasks than this is refused; several builds do the same.</summary>
    private const int MaxTasks = 5000;

    public async Task<RequestBuild> ToCommandAsync(BuildRequest request, CurrentPrincipal principal, CancellationToken ct)
    {
        var owner = principal.UserId ?? throw RequestRefusedException.Forbidden("Only users own builds.");
        RefuseWhatIsNotOffered(request);
        var platforms = await PlatformsAsync(request.Platforms, ct);
        var form = request.IsCurrentForm ? BuildForm.Current : BuildForm.Documented;
        var refs = request.Tasks.Select(BuildMapping.ToRef).ToList();
        var plan = BuildPlan.For(new(0), form, platforms, refs.Count);
        if (plan.Tasks.Count > MaxTasks)
            throw InvalidRequestException.Of("body", "tasks", $"comes to {plan.Tasks.Count} tasks, more than {MaxTasks}");

        var ids = await session.NextBuildIdsAsync(plan.Tasks.Count, plan.Repositories.Count, ct);
        return new RequestBuild(
            ids.Build, owner, form, platforms, refs, ids.Tasks, ids.Repositories, await LinkedAsync(request.LinkedBuilds ?? [], ct),
            request.MockOptions.ToFreeJson(), PlatformFlavors: [], request.IsSecureBoot ?? false, request.ProductId);
    }

    private static void RefuseWhatIsNotOffered(BuildRequest request)
    {
        if (request.Tasks.FirstOrDefault(t => t.ModuleName is not null) is { } module)
        {
            throw module.Refs?.Any(r => r.Enabled is not false) is true
                ? new RequestRefusedException(StatusCodes.Status501NotImplemented, "build.modules", "Modules cannot be built here.")
                : new RequestRefusedException(StatusCodes.Status400BadRequest, AlbsDialect.NoEnabledComponent, "The module has no enabled component.");
        }

        if (request.PlatformFlavors is { Count: > 0 } flavors)
            throw RequestRefusedException.NotFound($"Platform flavor {flavors[0]}");

        if (request.ProductId is { } product and not BuiltInProduct.Id)
            throw RequestRefusedException.NotFound($"Product {product}");
    }

    private async Task<IReadOnlyList<BuildPlatform>> PlatformsAsync(IReadOnlyList<BuildPlatformRequest> requests, CancellationToken ct)
    {
        var known = (await session.PlatformsNamedAsync([.. requests.Select(p => p.Name)], ct)).ToDictionary(p => p.Name, StringComparer.Ordinal);
        var missing = requests.Select(p => p.Name).Where(name => !known.ContainsKey(name)).ToList();
        if (missing is not [])
            throw RequestRefusedException.NotFound($"Platform {string.Join(", ", missing)}");

        var unfit = requests.SelectMany((p, i) => p.ArchList.Select((arch, j) => (Platform: p.Name, Arch: arch, Path: (object[])["platforms", i, "arch_list", j])))
            .Where(a => known[a.Platform].Settings.ArchList?.Contains(a.Arch) is not true)
            .Select(a => new FieldError("body", a.Path, $"{a.Platform} has no arch {a.Arch}", "value")).ToList();
        return unfit is [] ? [.. requests.Select(p => BuildMapping.ToPlatform(p, known[p.Name]))] : throw new InvalidRequestException(unfit);
    }

    /// <summary>Unknown ones are ignored (albs 7.1).</summary>
    private async Task<IReadOnlyList<BuildId>> LinkedAsync(IReadOnlyList<int> ids, CancellationToken ct)
    {
        if (ids is [])
            return [];

        var known = await session.LoadManyAsync<BuildDetails>(ct, [.. ids.Distinct().Select(id => new BuildId(id).StreamKey)]);
        return [.. ids.Distinct().Where(known.Select(b => b.Number).Contains).Select(BuildId.Of)];
    }
}
