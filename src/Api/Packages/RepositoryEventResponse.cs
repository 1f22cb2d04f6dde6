using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json.Serialization;
using EventSourced.Projections.Packages;

namespace EventSourced.Api.Packages;

/// <summary>One change of a repository. The server-sent event is named after it; <c>repository</c> comes first, and there is no last one.</summary>
public sealed record RepositoryEventResponse
{
    public required int RepositoryId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Status { get; init; }

    /// <summary>Of the content it shall have, or the one that clients see from now on.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Revision { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ReleaseId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SignedBy { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? At { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? By { get; init; }

    public static FollowedChanges<RepositoryEventResponse> Of(RepositoryDetails repository) => new(
        repository.Id, [],
        new(
            new()
            {
                RepositoryId = repository.Number,
                Status = repository.Published == repository.Revision ? "published" : repository.Failure is null ? "changed" : "failed",
                Revision = repository.Published,
                SignedBy = repository.SignedBy,
                Reason = repository.Failure?.Reason,
            }, "repository"),
        change => Of(repository.Number, change), Ends: [], Resumes: [], new() { RepositoryId = repository.Number }, new() { RepositoryId = repository.Number });

    private static SseItem<RepositoryEventResponse>? Of(int repository, HistoryEvent e) => StatusOf(e.Type) is not { } status ? null : new(
        new()
        {
            RepositoryId = repository,
            Status = status,
            Revision = e.Number("Revision") ?? e.Number("Version"),
            ReleaseId = e.Number("ReleaseId"),
            SignedBy = e.Text("SignedBy"),
            Reason = e.Text("Reason"),
            At = e.At,
            By = e.By,
        }, e.Type) { EventId = e.Sequence.ToString(CultureInfo.InvariantCulture) };

    private static string? StatusOf(string type) => type switch
    {
        "repository_created" => "created",
        "repository_updated" => "updated",
        "repository_packages_added" or "repository_packages_removed" => "changed",
        "repository_rolled_back" => "rolled_back",
        "repository_version_published" => "published",
        "repository_publication_failed" => "failed",
        "release_packages_staged" => "staged",
        "release_packages_refused" => "refused",
        "release_packages_taken" => "taken",
        "release_packages_dropped" => "dropped",
        "release_packages_withdrawn" => "withdrawn",
        "release_packages_undone" => "undone",
        _ => null,
    };
}
