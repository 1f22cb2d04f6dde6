using System.Diagnostics;

namespace EventSourced.ServiceDefaults.Postgres;

/// <summary>Runs a program to its end.</summary>
internal static class Command
{
    /// <returns>What it wrote to its output.</returns>
    /// <exception cref="CommandFailedException">It ended with another exit code than 0.</exception>
    public static async Task<string> RunAsync(IReadOnlyList<string> command, CancellationToken cancellation, string? input = null)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/", // the server's account may be unable to enter ours
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start.");
        await process.StandardInput.WriteAsync((input ?? "").AsMemory(), cancellation);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode is 0
            ? await output
            : throw new CommandFailedException($"{string.Join(' ', command.Where(word => !word.StartsWith('-')))} ended with {process.ExitCode}: {(await errors).Trim()} {(await output).Trim()}".Trim());
    }
}

/// <summary>A program of PostgreSQL or of the system refused.</summary>
internal sealed class CommandFailedException(string message) : Exception(message);
