using EventSourced.Api.Hosting.Errors;

namespace EventSourced.Api.Hosting.Requests;

/// <summary>Page sizes of our own lists.</summary>
public static class Paging
{
    public const int Default = 100;
    public const int Most = 1000;

    public static int Checked(int limit) =>
        limit is >= 1 and <= Most ? limit : throw InvalidRequestException.Of("query", "limit", $"must be from 1 to {Most}");
}
