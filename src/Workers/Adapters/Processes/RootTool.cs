using System.Text;

namespace EventSourced.Workers.Adapters.Processes;

/// <summary>Programs that only root may run. An ordinary account is root in a user namespace of its own.</summary>
internal static class RootTool
{
    /// <exception cref="ToolFailedException">It ended with an error.</exception>
    public static Task<byte[]> RunAsync(string program, IReadOnlyList<string> arguments, ToolContext context, CancellationToken cancellation) => Environment.IsPrivilegedProcess
        ? Tool.RunAsync(program, [.. arguments], context, cancellation)
        : Tool.RunAsync("unshare", ["--map-root-user", program, .. arguments], context, cancellation);

    /// <inheritdoc cref="RunAsync"/>
    public static async Task<string> ReadTextAsync(string program, IReadOnlyList<string> arguments, ToolContext context, CancellationToken cancellation) =>
        Encoding.UTF8.GetString(await RunAsync(program, arguments, context, cancellation));

    /// <summary>Runs a program of a root in that root.</summary>
    public static Task<string> ReadTextInAsync(string root, string program, string[] arguments, string input, CancellationToken cancellation) =>
        ReadTextAsync("chroot", [root, program, .. arguments], ToolContext.Default with { Input = Encoding.UTF8.GetBytes(input) }, cancellation);
}
