using System.Diagnostics;
using System.Text;

namespace EventSourced.Workers.Adapters.Processes;

/// <summary>
/// Runs a program of the machine on trusted input: arguments as an array, a small clean environment, output captured. It is ended with its children when
/// the caller gives up.
/// </summary>
public static class Tool
{
    private const int KeptErrorCharacters = 4_000;

    /// <returns>Standard output.</returns>
    /// <exception cref="ToolFailedException">The exit code is not 0.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">The program is not installed.</exception>
    public static async Task<byte[]> RunAsync(string program, IReadOnlyList<string> arguments, ToolContext context, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = context.WorkingDirectory ?? "/",
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["HOME"] = "/nonexistent";
        foreach (var (name, value) in context.Environment)
            start.Environment[name] = value;

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        await using var ended = cancellation.Register(() => process.Kill(entireProcessTree: true));
        using var output = new MemoryStream();
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var copied = process.StandardOutput.BaseStream.CopyToAsync(output, CancellationToken.None);
        await WriteInputAsync(process, context.Input);
        await copied;
        var said = await error;
        await process.WaitForExitAsync(CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();
        if (process.ExitCode is not 0)
            throw new ToolFailedException(Path.GetFileName(program), process.ExitCode, Reason(string.IsNullOrWhiteSpace(said) ? Encoding.UTF8.GetString(output.ToArray()) : said));

        return output.ToArray();
    }

    /// <inheritdoc cref="RunAsync"/>
    public static async Task<string> ReadTextAsync(string program, IReadOnlyList<string> arguments, ToolContext context, CancellationToken cancellation) =>
        Encoding.UTF8.GetString(await RunAsync(program, arguments, context, cancellation));

    private static string Reason(string said) => said.Length > KeptErrorCharacters ? said[^KeptErrorCharacters..] : said.TrimEnd();

    private static async Task WriteInputAsync(Process process, ReadOnlyMemory<byte> input)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, CancellationToken.None);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended without reading all of it; its exit code tells why.
        }
    }
}

/// <summary>What a program gets beside its arguments.</summary>
public sealed record ToolContext
{
    public static readonly ToolContext Default = new();

    public string? WorkingDirectory { get; init; }

    public ReadOnlyMemory<byte> Input { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
