using System.ComponentModel;
using System.Diagnostics;

namespace EventSourced.ServiceDefaults.Postgres;

/// <summary>Runs a program to its end.</summary>
internal static class Command
{
    /// <returns>What it wrote to its output.</returns>
    /// <exception cref="CommandFailedException">It ended with another exit code than 0, or is not installed.</exception>
    /// <exception cref="OperationCanceledException">It was ended with all that it had started.</exception>
    public static async Task<string> RunAsync(IReadOnlyList<string> command, CancellationToken cancellation, string? input = null)
    {
        using var process = Start(command);
        try
        {
            await process.StandardInput.WriteAsync((input ?? "").AsMemory(), cancellation);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode is 0 ? await output : throw Failed(command, process.ExitCode, await errors, await output);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>With all three streams in the caller's hands.</summary>
    /// <exception cref="CommandFailedException">It is not installed.</exception>
    public static Process Start(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/", // the server's account may be unable to enter ours
        };
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        }
        catch (Win32Exception e)
        {
            throw new CommandFailedException(e.Message);
        }
    }

    private static CommandFailedException Failed(IReadOnlyList<string> command, int exitCode, string errors, string output) =>
        new($"{string.Join(' ', command.Where(word => !word.StartsWith('-')))} ended with {exitCode}: {errors.Trim()} {output.Trim()}".Trim());
}

/// <summary>A program of PostgreSQL or of the system refused.</summary>
internal sealed class CommandFailedException(string message) : Exception(message);
