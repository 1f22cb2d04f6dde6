namespace EventSourced.Support;

/// <summary>How a test cluster runs.</summary>
public sealed record PostgresServerOptions
{
    /// <summary>Whether commits survive a crash of the machine (fsync, synchronous_commit, full_page_writes). Default true; false only makes tests faster.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Further settings, for example <c>["max_connections"] = "50"</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    internal IEnumerable<string> Arguments(string root, int port)
    {
        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = "127.0.0.1",
            ["port"] = $"{port}",
            ["unix_socket_directories"] = root,
            ["max_connections"] = "300",
            ["shared_buffers"] = "128MB",
            ["lc_messages"] = "C",
        };

        if (!Durable)
            settings["fsync"] = settings["synchronous_commit"] = settings["full_page_writes"] = "off";

        foreach (var (name, value) in Settings)
            settings[name] = value;

        return settings.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" });
    }
}
