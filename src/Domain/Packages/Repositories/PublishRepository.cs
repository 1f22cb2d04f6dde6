namespace EventSourced.Domain.Packages.Repositories;

/// <summary>
/// Effect: make and sign the index of the repository's present content, keep the files, and report with <see cref="RecordRepositoryVersion"/>. When a
/// later revision was published already there is nothing to do.
/// </summary>
/// <param name="RepositoryId">The repository.</param>
/// <param name="Revision">At least this revision has to be published.</param>
public sealed record PublishRepository(RepositoryId RepositoryId, int Revision);
