namespace EventSourced.Workers.Tests.Crash;

/// <summary>Something to kill.</summary>
/// <param name="Name">What is said of it.</param>
/// <param name="Kill">False when there was nothing to kill.</param>
/// <param name="Seen">What the log shows while it is at work.</param>
internal sealed record Victim(string Name, Func<bool> Kill, string Seen);

/// <summary>A node to kill, which also works while nobody can look at the log.</summary>
/// <param name="Name">What is said of it.</param>
/// <param name="IsAtWork">Whether it has a task.</param>
/// <param name="Kill">False when it has none any more.</param>
/// <param name="LongestPause">After how many commands of others, at most, it is killed once it is seen at work.</param>
internal sealed record NodeVictim(string Name, Func<bool> IsAtWork, Func<bool> Kill, int LongestPause = 30);
