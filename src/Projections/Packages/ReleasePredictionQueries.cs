using System.Text.Json;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Platforms;
using EventSourced.Domain.Packages.Releases;

namespace EventSourced.Projections.Packages;

/// <summary>Asks the beholder what a distribution makes of source packages; null when it does not tell, or there is none.</summary>
public delegate Task<JsonElement?> AskBeholder(string distribution, string version, IReadOnlyList<string> sources, CancellationToken token);

/// <summary>What the beholder is asked about a release.</summary>
internal static class ReleasePredictionQueries
{
    /// <returns>Null when no distribution answered.</returns>
    public static async Task<ReleasePredictions?> PredictionsAsync(
        this IQuerySession session, ReleaseScope scope, IReadOnlyList<BuiltPackage> packages, AskBeholder ask, CancellationToken token)
    {
        var sources = packages.Select(p => SourcePackageName.Of(p.Artifact)).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
        if (sources is [] || scope.Platform.Type is not PlatformType.Rpm)
            return null;

        // At once, so that a slow beholder is waited for only once; the order of the answers stays that of the questions.
        var answers = await Task.WhenAll((await session.DistributionsAsync(scope, token))
            .Select(p => ask(DistributionName.Of(p.Name), p.Settings.DistrVersion ?? "", sources, token)));
        var known = answers.OfType<JsonElement>().ToList();
        return known is [] ? null
            : scope.IsDocumentedForm ? ReleasePredictions.Documented(known.SelectMany(BeholderAnswer.Read))
            : ReleasePredictions.Current(known.SelectMany(BeholderAnswer.Read), scope.Platform.Settings.WeakArches ?? []);
    }

    /// <summary>Whose packages tell where ours go, the first to follow first: the named one, in the current form its references and itself.</summary>
    private static async Task<IEnumerable<PlatformDetails>> DistributionsAsync(this IQuerySession session, ReleaseScope scope, CancellationToken token)
    {
        var named = scope.Reference is { } reference ? new[] { reference } : [];
        return scope.IsDocumentedForm ? named : named.Concat(await session.WithReferencesAsync(scope.Platform, token)).DistinctBy(p => p.Number);
    }
}
