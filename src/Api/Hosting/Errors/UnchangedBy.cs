using EventSourced.Domain;

namespace EventSourced.Api.Hosting.Errors;

/// <summary>Which failures of a command are certain to have changed nothing. After any other one, such as a lost connection, it may have been recorded.</summary>
internal static class UnchangedBy
{
    public static bool ChangedNothing(this Exception exception) => exception
        is RuleViolationException or UnexpectedStreamVersionException or StreamNotFoundException or IdempotencyConflictException
        or ConcurrencyException or ExistingStreamIdCollisionException or InvalidStreamOperationException;
}
