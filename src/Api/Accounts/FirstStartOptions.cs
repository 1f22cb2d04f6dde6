using System.ComponentModel.DataAnnotations;

namespace EventSourced.Api.Accounts;

/// <summary>Section <c>FirstStart</c>.</summary>
public sealed class FirstStartOptions
{
    /// <summary>Environment variable with the first administrator's key. Only looked at while there is no user.</summary>
    public const string AdminKeyVariable = "EVENTSOURCED_ADMIN_KEY";

    /// <summary>Login name of the first administrator.</summary>
    /// <value>Default <c>admin</c>.</value>
    [Required, RegularExpression("[A-Za-z0-9][A-Za-z0-9._-]*")]
    public string AdminLogin { get; init; } = "admin";

    /// <summary>Nodes of this machine that get a token in the data folder (<c>node-NAME.token</c>), separated by commas; empty for none. <c>sign</c> and
    /// <c>sign-…</c> are sign nodes.</summary>
    /// <value>Default <c>build,sign</c>.</value>
    [RegularExpression("([a-z0-9]+(-[a-z0-9]+)*(,[a-z0-9]+(-[a-z0-9]+)*)*)?")]
    public string LocalNodes { get; init; } = "build,sign";

    /// <summary>Folder of those tokens, for nodes that must not see the data folder; <c>{node}</c> in it is the node's name, for nodes that must not see each other's.</summary>
    /// <value>Default: <c>Data:Path</c>.</value>
    public string TokenPath { get; init; } = "";

    internal static NodeKind KindOf(string node) => node is "sign" || node.StartsWith("sign-", StringComparison.Ordinal) ? NodeKind.Sign : NodeKind.Build;
}
