using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace EventSourced.Workers.Adapters.Processes;

/// <summary>
/// Runs a program of the machine: arguments as an array, a small clean environment, output captured. It is ended with its children when the caller gives up. Input that nobody
/// vouches for wants <see cref="ToolContext.Limits"/>.
/// </summary>
public static class Tool
{
    private const int KeptErrorCharacters = 4_000, NoSuchFile = 2;

    /// <returns>Standard output.</returns>
    /// <exception cref="ToolFailedException">The exit code is not 0, or it said more than it may.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">The program is not installed.</exception>
    public static async Task<byte[]> RunAsync(string program, IReadOnlyList<string> arguments, ToolContext context, CancellationToken cancellation)
    {
        var (first, all) = context.Limits is { } limits ? ("prlimit", [.. limits.Arguments, program, .. arguments]) : (program, arguments);
        var start = new ProcessStartInfo(first, all)
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
        var output = ReadAsync(process, process.StandardOutput.BaseStream, context);
        var error = ReadAsync(process, process.StandardError.BaseStream, context);
        await WriteInputAsync(process, context.Input);
        var (made, said) = (await output, await error);
        await process.WaitForExitAsync(CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();
        if (made is null || said is null)
            throw new ToolFailedException(Path.GetFileName(program), process.ExitCode, $"it said more than {context.Limits?.OutputBytes} bytes.");

        if (process.ExitCode is ToolLimits.NotInstalled && context.Limits is not null)
            throw new Win32Exception(NoSuchFile);

        var reason = Encoding.UTF8.GetString(said);
        return process.ExitCode is 0 ? made
            : throw new ToolFailedException(Path.GetFileName(program), process.ExitCode, End(string.IsNullOrWhiteSpace(reason) ? Encoding.UTF8.GetString(made) : reason));
    }

    /// <inheritdoc cref="RunAsync"/>
    public static async Task<string> ReadTextAsync(string program, IReadOnlyList<string> arguments, ToolContext context, CancellationToken cancellation) =>
        Encoding.UTF8.GetString(await RunAsync(program, arguments, context, cancellation));

    private static string End(string text) => text.Length > KeptErrorCharacters ? text[^KeptErrorCharacters..] : text.TrimEnd();

    /// <returns>Null where it says more than it may, which ends it.</returns>
    private static async Task<byte[]?> ReadAsync(Process process, Stream stream, ToolContext context)
    {
        using var kept = new MemoryStream();
        var buffer = new byte[80 << 10];
        for (int read; (read = await stream.ReadAsync(buffer, CancellationToken.None)) > 0;)
        {
            if (kept.Length + read > context.Limits?.OutputBytes)
            {
                process.Kill(entireProcessTree: true);
                return null;
            }

            kept.Write(buffer, 0, read);
        }

        return kept.ToArray();
    }

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

    /// <summary>None for input of our own.</summary>
    public ToolLimits? Limits { get; init; }

    public ReadOnlyMemory<byte> Input { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
