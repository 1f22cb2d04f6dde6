namespace EventSourced.Domain.Packages.Releases;

/// <summary>How a release says how it ended; clients show it, and know its beginnings.</summary>
public static class ReleaseMessages
{
    public const string Started = "Release plan execution has been started";
    public const string RevertStarted = "Release plan revert has been started";

    internal static string CannotCommit(string reason) => $"Cannot commit release: {reason}";

    internal static string CannotRevert(string reason) => $"Cannot revert release: {reason}";

    internal static string Committed(IReadOnlyList<string> warnings) => With(warnings, "Successfully committed release");

    internal static string Reverted(IReadOnlyList<string> warnings) => With(warnings, "Successfully reverted release");

    private static string With(IReadOnlyList<string> warnings, string message) =>
        warnings is [] ? message : $"{message}\nWARNING:\n{string.Join('\n', warnings)}";
}
