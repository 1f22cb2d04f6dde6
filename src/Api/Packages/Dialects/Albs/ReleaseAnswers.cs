using System.Text.Json.Nodes;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Domain.Packages;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>Full releases, in a fixed number of queries however many.</summary>
public sealed class ReleaseAnswers(IQuerySession session, UserDirectory users)
{
    private const string Warnings = "warnings";

    /// <summary>One, whose plan says what would keep it from being committed (albs 21).</summary>
    public async Task<ReleaseResponse> OfAsync(ReleaseId id, CancellationToken ct)
    {
        var release = await session.ReleaseAsync(id, ct) ?? throw RequestRefusedException.NotFound($"Release {id.Value}");
        var answer = (await OfAsync([release], ct))[0];
        if (release.ProductId is not null && answer.Plan is JsonObject plan)
            plan[Warnings] = new JsonArray([.. (await session.WarningsOfAsync(release, ct)).Select(text => (JsonNode)text)]);

        return answer;
    }

    public async Task<IReadOnlyList<ReleaseResponse>> OfAsync(IReadOnlyList<ReleaseDetails> releases, CancellationToken ct)
    {
        if (releases is [])
            return [];

        var owners = await users.FindAsync([.. releases.Select(r => r.OwnerId).Distinct()], ct);
        var platforms = await session.LoadManyAsync<PlatformDetails>(ct, [.. releases.Select(r => new PlatformId(r.PlatformId).StreamKey).Distinct()]);
        var byId = platforms.ToDictionary(p => p.Number);
        return [.. releases.Select(r => ToResponse(r, owners.GetValueOrDefault(r.OwnerId), byId.GetValueOrDefault(r.PlatformId)))];
    }

    private static ReleaseResponse ToResponse(ReleaseDetails release, KnownUser? owner, PlatformDetails? platform) => new(
        release.Number, ReleaseListQuery.NumberOf(release.Status), release.Builds, release.BuildTasks ?? [], PlanOf(release),
        BuildMapping.ToUser(release.OwnerId, owner), BuiltInProduct.ToOwner(release.OwnerId, owner), platform is null ? null : PlatformMapping.ToResponse(platform),
        BuiltInProduct.InRelease, release.CreatedAt, PerformanceStats: []);

    /// <summary>As it was put, with what the last commit or revert came to, and without warnings: whoever puts what was read puts old ones.</summary>
    private static JsonNode? PlanOf(ReleaseDetails release)
    {
        var plan = release.Plan.ToNode();
        if (release.Message is { } message && plan is JsonObject json)
            json["last_log"] = message;

        if (release.ProductId is not null)
            (plan as JsonObject)?.Remove(Warnings);

        return plan;
    }
}
