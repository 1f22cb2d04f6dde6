namespace EventSourced.Domain;

/// <summary>A message to be handled later, returned by a reaction. The message arrives at that time and the state decides whether it still matters.</summary>
/// <param name="Message">The message.</param>
/// <param name="At">Not before this time.</param>
public sealed record Scheduled(object Message, DateTimeOffset At);
