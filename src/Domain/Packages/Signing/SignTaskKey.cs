namespace EventSourced.Domain.Packages.Signing;

/// <summary>The key of a sign task, while nobody else archives it.</summary>
public sealed record SignTaskKey(bool IsArchived)
{
    /// <summary>Why a task of an archived key fails.</summary>
    public const string Archived = "The sign key is archived; nothing is signed with it any more.";
}
