namespace EventSourced.Workers.Adapters.Downloads;

/// <summary>A file cannot be had from its address: a refused address, an answer other than success, too large, too slow. The message is for the user.</summary>
public sealed class DownloadException(string message) : Exception(message);
