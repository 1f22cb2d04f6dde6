namespace EventSourced.Api.Hosting.Errors;

/// <summary>Refusal codes of decisions that are not a plain 409 in our own API.</summary>
internal static class OwnRefusals
{
    public static readonly IReadOnlyDictionary<string, int> Statuses = new Dictionary<string, int>();
}
