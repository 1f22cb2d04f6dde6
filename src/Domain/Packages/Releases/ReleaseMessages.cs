namespace EventSourced.Domain.Packages.Releases;

/// <summary>How a release says how it ended; clients show it, and know its beginnings.</summary>
public static class ReleaseMessages
{
    public const string Started = "Release plan execution has been started";
    public const string RevertStarted = "Release plan revert has been started";

    internal const string Reverted = "Successfully reverted release";

    internal static string CannotCommit(string reason) => $"Cannot commit release: {reason}";

    internal static string CannotRevert(string reason) => $"Cannot revert release: {reason}";

    internal static string Committed(IReadOnlyList<string> warnings) =>
        warnings is [] ? "Successfully committed release" : $"Successfully committed release\nWARNING:\n{string.Join('\n', warnings)}";
}
