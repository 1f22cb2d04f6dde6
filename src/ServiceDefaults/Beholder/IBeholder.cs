using System.Text.Json;

namespace EventSourced.ServiceDefaults.Beholder;

/// <summary>Knows in which repositories distributions have their packages.</summary>
public interface IBeholder
{
    /// <summary>Whether there is one to ask.</summary>
    bool IsConfigured { get; }

    /// <summary>What a distribution makes of source packages.</summary>
    /// <param name="distribution">Its name, without the version.</param>
    /// <param name="version">Its version.</param>
    /// <param name="sources">Names of the source packages.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>The answer, whatever its shape; null when no beholder is configured, it does not know the distribution, or it failed.</returns>
    Task<JsonElement?> ProjectsAsync(string distribution, string version, IReadOnlyList<string> sources, CancellationToken cancellation);

    /// <summary>What a distribution makes of one source package, in the version that is closest.</summary>
    /// <param name="distribution">Its name, without the version.</param>
    /// <param name="version">Its version.</param>
    /// <param name="source">The name of the source package.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>As <see cref="ProjectsAsync"/>.</returns>
    Task<JsonElement?> ProjectAsync(string distribution, string version, string source, CancellationToken cancellation);
}
