using EventSourced.Domain;

namespace EventSourced.Projections;

/// <summary>Integer ids the outside calls things by. They are drawn before the command, which repeats them when it is tried again; gaps are fine.</summary>
public static class IdSequences
{
    /// <summary>SQL that makes the sequences of these aliases.</summary>
    internal static string Create(params IEnumerable<string> aliases) => string.Concat(aliases.Select(a => $"create sequence if not exists es.id_{a} as int;\n"));

    private const string Draw = "select nextval(?::regclass)::int from generate_series(1, ?)";

    /// <summary><paramref name="count"/> ascending ids.</summary>
    public static async Task<IReadOnlyList<TId>> NextIdsAsync<TId>(this IQuerySession session, int count, CancellationToken token)
        where TId : struct, IStreamId<TId, int> =>
        [.. (await session.NextNumbersAsync(TId.Alias, count, token)).Select(TId.Of)];

    /// <summary>One id.</summary>
    public static async Task<TId> NextIdAsync<TId>(this IQuerySession session, CancellationToken token)
        where TId : struct, IStreamId<TId, int> => (await session.NextIdsAsync<TId>(1, token))[0];

    /// <summary>Ids for what has no stream of its own.</summary>
    internal static async Task<IReadOnlyList<int>> NextNumbersAsync(this IQuerySession session, string alias, int count, CancellationToken token) =>
        [.. (await session.QueryAsync<int>(Draw, token, $"es.id_{alias}", count)).Order()];
}
