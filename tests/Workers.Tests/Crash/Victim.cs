namespace EventSourced.Workers.Tests.Crash;

/// <summary>Something to kill.</summary>
/// <param name="Name">What is said of it.</param>
/// <param name="Kill">False when there was nothing to kill.</param>
/// <param name="Seen">What the log shows while it is at work.</param>
internal sealed record Victim(string Name, Func<bool> Kill, string Seen);
