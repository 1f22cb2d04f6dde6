using System.Text.Json;
using System.Text.Json.Nodes;
using EventSourced.ServiceDefaults;

namespace EventSourced.Workers.Packages.Platforms;

/// <summary>The platforms an installation shall have, as a YAML list (albs 18).</summary>
public static class PlatformFile
{
    /// <exception cref="ConfigurationException">It cannot be read, or does not fit: one line that names the field.</exception>
    public static async Task<IReadOnlyList<PlatformEntry>> ReadAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return Parse(await File.ReadAllTextAsync(path, cancellation));
        }
        catch (IOException e)
        {
            throw new ConfigurationException($"{path}: {e.Message}");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or FormatException)
        {
            throw new ConfigurationException($"{path}: {e.Message}");
        }
    }

    /// <exception cref="FormatException">It does not fit; the message names the field.</exception>
    public static IReadOnlyList<PlatformEntry> Parse(string yaml)
    {
        if (YamlJson.Read(yaml) is not JsonArray list)
            throw new FormatException("The file is no list of platforms.");

        try
        {
            var platforms = list.Deserialize<IReadOnlyList<PlatformEntry>>(PlatformEntry.Json) ?? [];
            return PlatformEntry.FaultIn(platforms) is { } fault ? throw new FormatException(fault) : platforms;
        }
        catch (JsonException e)
        {
            throw new FormatException($"{(e.Path ?? "$").TrimStart('$', '.')}: does not have the expected type.");
        }
    }
}
