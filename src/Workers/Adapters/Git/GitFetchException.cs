namespace EventSourced.Workers.Adapters.Git;

/// <summary>The source cannot be had as asked: a refused address or name, an unknown ref, a server that does not answer. The message is for the user.</summary>
public sealed class GitFetchException(string message) : Exception(message);
