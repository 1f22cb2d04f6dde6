namespace EventSourced.Domain.Packages.Signing;

/// <summary>Effect: ask each sign task of this key that has not ended to end, with <see cref="EndSignTask"/>.</summary>
public sealed record EndSignTasksOf(SignKeyId SignKeyId);
