using EventSourced.Domain;

namespace EventSourced.Projections.Packages;

/// <summary>Integer ids the outside calls things by. They are drawn before the command, which repeats them when it is tried again; gaps are fine.</summary>
public static class IdSequences
{
    internal const string Schema = """
        create sequence if not exists es.id_platform as int;
        create sequence if not exists es.id_repository as int;
        create sequence if not exists es.id_build as int;
        create sequence if not exists es.id_build_task as int;
        create sequence if not exists es.id_node as int;
        create sequence if not exists es.id_artifact as int;
        """;

    private const string Draw = "select nextval(?::regclass)::int from generate_series(1, ?)";

    /// <summary><paramref name="count"/> ascending ids.</summary>
    public static async Task<IReadOnlyList<TId>> NextIdsAsync<TId>(this IQuerySession session, int count, CancellationToken token)
        where TId : struct, IStreamId<TId, int> =>
        [.. (await session.QueryAsync<int>(Draw, token, $"es.id_{TId.Alias}", count)).Order().Select(TId.Of)];

    /// <summary>One id.</summary>
    public static async Task<TId> NextIdAsync<TId>(this IQuerySession session, CancellationToken token)
        where TId : struct, IStreamId<TId, int> => (await session.NextIdsAsync<TId>(1, token))[0];

    /// <summary>Ids for artifacts, which have no stream of their own.</summary>
    public static async Task<IReadOnlyList<int>> NextArtifactIdsAsync(this IQuerySession session, int count, CancellationToken token) =>
        [.. (await session.QueryAsync<int>(Draw, token, "es.id_artifact", count)).Order()];
}
