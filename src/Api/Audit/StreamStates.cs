using System.Reflection;
using EventSourced.Domain;

namespace EventSourced.Api.Audit;

/// <summary>
/// Any stream's state as of a version or time. The state type follows from the key's alias: an id type <c>BuildTaskId</c> names the alias of the stream
/// <c>BuildTask</c> in the same area.
/// </summary>
public sealed class StreamStates
{
    private delegate Task<object?> Fold(IQueryEventStore events, string key, long version, CancellationToken ct);

    private readonly Dictionary<string, Fold> folds;

    public StreamStates() => folds = IdTypes().Select(id => (Alias: AliasOf(id), State: StateOf(id)))
        .Where(pair => pair.State is not null)
        .ToDictionary(pair => pair.Alias, pair => FoldOf(pair.State!));

    /// <summary>Aliases whose state can be told.</summary>
    public IReadOnlyCollection<string> Aliases => folds.Keys;

    /// <summary>The state; null when the stream has no event by then.</summary>
    /// <exception cref="KeyNotFoundException">No stream has this alias.</exception>
    public Task<object?> AtAsync(IQueryEventStore events, string key, long version, CancellationToken ct) =>
        folds[AliasOf(key)](events, key, version, ct);

    /// <summary>The part of a stream key before the first dash.</summary>
    public static string AliasOf(string key) => key.IndexOf('-', StringComparison.Ordinal) is > 0 and var dash ? key[..dash] : "";

    private static IEnumerable<Type> IdTypes() => typeof(IStreamId).Assembly.GetExportedTypes().Where(t => t.IsValueType && typeof(IStreamId).IsAssignableFrom(t));

    private static string AliasOf(Type id) => (string)id.GetProperty(nameof(IStreamId.Alias), BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;

    private static Type? StateOf(Type id) => id.Assembly.GetExportedTypes().SingleOrDefault(t =>
        t.IsClass && t.Name == id.Name[..^"Id".Length] && t.Namespace!.StartsWith(id.Namespace!, StringComparison.Ordinal));

    private static Fold FoldOf(Type state) =>
        typeof(StreamStates).GetMethod(nameof(AggregateAsync), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(state).CreateDelegate<Fold>();

    private static async Task<object?> AggregateAsync<T>(IQueryEventStore events, string key, long version, CancellationToken ct) where T : class =>
        await events.AggregateArchivedStreamAsync<T>(key, version, ct); // an archived stream is still evidence
}
