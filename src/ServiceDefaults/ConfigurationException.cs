namespace EventSourced.ServiceDefaults;

/// <summary>The configuration, or what it names on this machine, is wrong: the start ends with this message as its one line.</summary>
public sealed class ConfigurationException(string message) : Exception(message);
